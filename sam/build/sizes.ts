import { statSync } from 'node:fs';
import { join } from 'node:path';
import { MidstateError } from '../../src/core/failures.js';
import { formatBytes } from '../../src/core/format-bytes.js';
import { MAX_UNPACKED_BYTES } from './build-targets.js';
import { filesUnder } from './files-under.js';

/** Bytes of all files in a folder. */
export function unpackedBytes(folder: string): number {
  return filesUnder(folder).reduce((sum, path) => sum + statSync(join(folder, path)).size, 0);
}

/**
 * Checks that a function fits Lambda together with the layer.
 * @throws MidstateError InvalidInput that says how much too large they are
 */
export function checkFitsLambda(name: string, functionBytes: number, layerBytes: number): void {
  const bytes = functionBytes + layerBytes;
  if (bytes <= MAX_UNPACKED_BYTES) return;
  throw new MidstateError(
    'InvalidInput',
    `sam build: the ${name} function and its layer are too large for Lambda; leave out packages that nothing loads (sam/build/layer-contents.ts)`,
    {
      facts: {
        expected: `at most ${formatBytes(MAX_UNPACKED_BYTES)} unpacked`,
        actual: `${formatBytes(functionBytes)} and ${formatBytes(layerBytes)}`,
      },
    },
  );
}
