import { randomUUID } from 'node:crypto';
import { link, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isRunning, ownProcess, type ProcessRef } from './process-identity.js';

export type LockAttempt =
  | { readonly outcome: 'held'; readonly release: () => Promise<void> }
  | { readonly outcome: 'busy'; readonly holder: ProcessRef };

/**
 * Takes the lock that the folder `path` is, or tells who has it. A lock whose process no longer runs is taken over; of
 * several processes that try at once, exactly one gets it.
 *
 * The folder holds numbered files, the highest of which counts: it names the holder, or says that the lock is free.
 * Whoever finds it free or its holder dead makes the next number, by a hard link, which appears whole and for one only.
 * The highest is never removed, so that nobody can mistake an older number for the lock.
 */
export async function tryLock(path: string): Promise<LockAttempt> {
  await mkdir(path, { recursive: true });
  const draft = join(path, `draft-${randomUUID()}`);
  await writeFile(draft, JSON.stringify(ownProcess()));
  try {
    for (;;) {
      const highest = Math.max(0, ...(await numbersIn(path)));
      const content = highest === 0 ? FREE : await tryRead(join(path, String(highest)));
      if (content === undefined) continue; // a higher one has come meanwhile
      const holder = tryParseHolder(content);
      if (holder !== undefined && isRunning(holder)) return { outcome: 'busy', holder };
      const mine = highest + 1;
      if (!(await linked(draft, join(path, String(mine))))) continue;
      if (await isHighest(path, mine)) return { outcome: 'held', release: () => release(path, mine) };
      await rm(join(path, String(mine)), { force: true });
    }
  } finally {
    await rm(draft, { force: true });
  }
}

const FREE = '{}';

/** Only the holder changes the highest file. */
async function release(path: string, mine: number): Promise<void> {
  const draft = join(path, `draft-${randomUUID()}`);
  await writeFile(draft, FREE);
  await rename(draft, join(path, String(mine)));
}

/** False where this link came so late that the number had been used, given up and removed; else removes the lower ones. */
async function isHighest(path: string, mine: number): Promise<boolean> {
  const numbers = await numbersIn(path);
  if (numbers.some((number) => number > mine)) return false;
  await Promise.all(numbers.filter((n) => n < mine).map((n) => rm(join(path, String(n)), { force: true })));
  return true;
}

async function numbersIn(path: string): Promise<number[]> {
  const names = await readdir(path);
  return names.filter((name) => /^\d+$/.test(name)).map(Number);
}

async function linked(draft: string, path: string): Promise<boolean> {
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function tryRead(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function tryParseHolder(text: string): ProcessRef | undefined {
  try {
    const { pid, identity } = JSON.parse(text) as Record<string, unknown>;
    return typeof pid === 'number' && typeof identity === 'string' ? { pid, identity } : undefined;
  } catch {
    return undefined; // what is not a holder's word holds nothing
  }
}
