import { createWriteStream, renameSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { ZipFile } from 'yazl';
import { filesUnder } from './files-under.js';

/** The first moment that an archive can name. Local time, for that is what it is written in: the same bytes everywhere. */
const MTIME = new Date(1980, 0, 1);

/** Packs a folder: the same files make the same bytes, whenever and by whomever they were written. */
export async function writeZip(folder: string, file: string): Promise<void> {
  const zip = new ZipFile();
  for (const path of filesUnder(folder)) {
    const mode = path.endsWith('.node') ? 0o100755 : 0o100644;
    zip.addFile(join(folder, path), path, { mtime: MTIME, mode, forceDosTimestamp: true });
  }
  zip.end();
  const fresh = `${file}.${String(process.pid)}`;
  await pipeline(zip.outputStream, createWriteStream(fresh));
  renameSync(fresh, file);
}
