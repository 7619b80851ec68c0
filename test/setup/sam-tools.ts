import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where docs/lambda.md has them installed. */
const FOLDER = join(homedir(), '.cache/midstate/sam/bin');

/** The path of `sam` or `cfn-lint`; undefined, with a word on what is not tested, where it is not installed. */
export function locateSamTool(name: 'sam' | 'cfn-lint'): string | undefined {
  const installed = join(FOLDER, name);
  if (existsSync(installed)) return installed;
  if (spawnSync(name, ['--version']).status === 0) return name;
  console.warn(
    `${name} is not installed: what it checks is not tested (docs/lambda.md says how to install it)`,
  );
  return undefined;
}
