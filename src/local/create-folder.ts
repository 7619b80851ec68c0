import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { MidstateError } from '../core/failures.js';

/**
 * Creates a folder and those above it. (Node's own `recursive` never ends where a file system answers ENOENT, as
 * /proc does.)
 * @throws MidstateError InvalidInput when it cannot be created, or is something else
 */
export async function createFolder(folder: string): Promise<void> {
  try {
    await createWithParents(folder);
    if ((await stat(folder)).isDirectory()) return;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new MidstateError(
      'InvalidInput',
      'data folder: it cannot be created; choose another with --data-dir',
      {
        facts: { folder, code },
        cause: error,
      },
    );
  }
  throw new MidstateError(
    'InvalidInput',
    'data folder: expected a folder, got a file; choose another with --data-dir',
    {
      facts: { folder },
    },
  );
}

async function createWithParents(folder: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return;
    if (code !== 'ENOENT' || dirname(folder) === folder) throw error;
    await createWithParents(dirname(folder));
    await mkdir(folder);
  }
}
