import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MidstateError } from '../../src/core/failures.js';
import { readText } from '../../src/read-text.js';
import type { Architecture } from './build-targets.js';

/** From the root of the repository. */
export const TEMPLATE = 'infra/sam/template.yaml';

/** The parameter as the template in the repository has it, and what it becomes once there are binaries for one architecture. */
const ARCHITECTURE = 'Default: arm64\n    AllowedValues: [arm64, x86_64]';

/** Writes the template that is deployed beside what was built: it finds the archives, and takes their architecture alone. */
export function writeTemplate(root: string, folder: string, architecture: Architecture): void {
  const text = templateFor(readFileSync(join(root, TEMPLATE), 'utf8'), architecture);
  const file = join(folder, 'template.yaml');
  if (readText(file) !== text) writeFileSync(file, text);
}

/** @throws MidstateError InvalidInput when the template is not as it is expected */
export function templateFor(template: string, architecture: Architecture): string {
  const parts = template.split(ARCHITECTURE);
  if (parts.length !== 2 || !template.includes('Uri: build/'))
    throw new MidstateError(
      'InvalidInput',
      `${TEMPLATE}: the parameter Architecture or the archives are not where they were`,
      {
        facts: { expected: ARCHITECTURE },
      },
    );
  return parts
    .join(`Default: ${architecture}\n    AllowedValues: [${architecture}]`)
    .replace(/Uri: build\//g, 'Uri: ');
}
