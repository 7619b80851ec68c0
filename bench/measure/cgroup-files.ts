import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** Where a control group hierarchy is mounted. */
export interface CgroupMount {
  readonly path: string;
  readonly type: 'cgroup' | 'cgroup2';
  /** Controllers of a version 1 hierarchy. */
  readonly options: readonly string[];
}

/** Reads the hierarchies out of the text of `/proc/mounts`. */
export function parseMounts(text: string): CgroupMount[] {
  return text.split('\n').flatMap((line) => {
    const [, path, type, options] = line.split(' ');
    if (path === undefined || (type !== 'cgroup' && type !== 'cgroup2')) return [];
    return [{ path, type, options: (options ?? '').split(',') }];
  });
}

/** The number after `name` in a file of lines like `usage_usec 1234`; 0 when it is missing. */
export function parseField(text: string, name: string): number {
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${name} `));
  return line === undefined ? 0 : Number(line.slice(name.length + 1));
}

export function readText(...path: string[]): string {
  return readFileSync(join(...path), 'utf8').trim();
}

let made = 0;

/** A folder under `parent` that no other run uses: it is a new group. */
export function makeGroupFolder(parent: string): string {
  const folder = join(parent, `midstate-bench-${String(process.pid)}-${String(++made)}`);
  mkdirSync(folder);
  return folder;
}

const REMOVE_ATTEMPTS = 100;

/** Kills what still runs in the group and removes its folder; the kernel lets go of it once the last one is reaped. */
export async function removeGroupFolder(folder: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    for (const pid of readText(folder, 'cgroup.procs').split('\n')) {
      if (pid !== '') killIfThere(Number(pid));
    }
    try {
      rmdirSync(folder);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EBUSY' || attempt === REMOVE_ATTEMPTS) throw error;
      await delay(20);
    }
  }
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

export function write(value: string | number, ...path: string[]): void {
  writeFileSync(join(...path), String(value));
}
