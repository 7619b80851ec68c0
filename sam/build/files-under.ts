import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Paths of all files in `folder`, from it, in one order everywhere; empty where there is no such folder. */
export function filesUnder(folder: string, skipFolder: (name: string) => boolean = () => false): string[] {
  const list = (inside: string): string[] =>
    readdirSync(join(folder, inside), { withFileTypes: true }).flatMap((entry) => {
      const path = inside === '' ? entry.name : `${inside}/${entry.name}`;
      if (!entry.isDirectory()) return [path];
      return skipFolder(entry.name) ? [] : list(path);
    });
  try {
    // By code units: a locale's order would make other bytes elsewhere.
    return list('').sort((a, b) => (a < b ? -1 : 1));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
