import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** What was built, where nothing else is found: Lambda has no repository above `/var/task` and `/opt`. */
export interface UnpackedArtefacts {
  /** The template in there. */
  readonly template: string;
  readonly remove: () => void;
}

/**
 * Copies what stands beside a built template to a folder of its own. In the repository `require` would look into its
 * node_modules before it looks into the layer, and find there what the layer lacks.
 */
export function unpackArtefacts(template: string): UnpackedArtefacts {
  const from = dirname(template);
  const to = mkdtempSync(join(tmpdir(), 'midstate-lambda-'));
  for (const name of readdirSync(from).filter((entry) => !entry.endsWith('.zip')))
    cpSync(join(from, name), join(to, name), { recursive: true });
  return {
    template: join(to, 'template.yaml'),
    remove: () => {
      rmSync(to, { recursive: true, force: true });
    },
  };
}
