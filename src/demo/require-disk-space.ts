import { statfs } from 'node:fs/promises';
import { MidstateError } from '../core/failures.js';
import { formatBytes } from '../core/format-bytes.js';
import { createFolder } from '../local/create-folder.js';

/** Who asks, and how its user puts the data elsewhere. */
const DEMO = { command: 'demo', elsewhere: '--data-dir' } as const;

/**
 * Checks that `folder`'s disk has room; creates the folder.
 * @throws MidstateError InvalidInput with what is needed and what is there
 */
export async function requireDiskSpace(
  folder: string,
  neededBytes: number,
  { command, elsewhere }: { readonly command: string; readonly elsewhere: string } = DEMO,
): Promise<void> {
  await createFolder(folder);
  const { bavail, bsize } = await statfs(folder);
  const freeBytes = bavail * bsize;
  if (freeBytes >= neededBytes) return;
  throw new MidstateError(
    'InvalidInput',
    `${command}: not enough disk: expected ${formatBytes(neededBytes)} free, got ${formatBytes(freeBytes)}; ` +
      `free some, put the data elsewhere with ${elsewhere}, or run it with --quick`,
    { facts: { folder } },
  );
}
