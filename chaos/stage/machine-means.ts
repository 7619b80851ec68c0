import { execFileSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { Confinement } from '../../src/local/process/confinement.js';

/** A disk of its own for Temporal's database, that can be filled up: a file system in memory. */
export interface SmallDisk {
  fill(): void;
  empty(): void;
  unmount(): void;
}

const SMALL_DISK_MB = 400;
const PIECE = Buffer.alloc(1 << 20);

/**
 * Puts the database that the stack in `dataDir` will have on a small disk.
 * @returns the reason where that cannot be done here
 */
export function giveTemporalASmallDisk(dataDir: string): SmallDisk | { readonly reason: string } {
  const mountPoint = join(dataDir, 'temporal-disk');
  mkdirSync(mountPoint, { recursive: true });
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${String(SMALL_DISK_MB)}m`, 'tmpfs', mountPoint], {
      stdio: 'ignore',
    });
  } catch {
    return { reason: 'a file system cannot be mounted here: it takes root' };
  }
  symlinkSync(join(mountPoint, 'temporal.db'), join(dataDir, 'temporal.db'));
  const ballast = join(mountPoint, 'ballast');
  return {
    fill: () => {
      const file = openSync(ballast, 'w');
      try {
        for (;;) writeSync(file, PIECE);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      } finally {
        closeSync(file);
      }
    },
    empty: () => {
      rmSync(ballast, { force: true });
    },
    unmount: () => {
      execFileSync('umount', ['--lazy', mountPoint]);
    },
  };
}

/** Where Debian's package libfaketime has it. */
const FAKETIME_LIBRARIES = ['x86_64', 'aarch64'].map(
  (machine) => `/usr/lib/${machine}-linux-gnu/faketime/libfaketime.so.1`,
);

/** A clock that one process goes by, and that can be set. */
export interface OwnClock {
  readonly env: Readonly<Record<string, string>>;
  /** @param offset as libfaketime takes it: `+20m` */
  set(offset: string): void;
}

/** @returns the reason where there is no such clock here */
export function makeOwnClock(folder: string): OwnClock | { readonly reason: string } {
  const library = FAKETIME_LIBRARIES.find((path) => existsSync(path));
  if (library === undefined) return { reason: 'libfaketime is not installed (Debian: libfaketime)' };
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'clock');
  const set = (offset: string) => {
    writeFileSync(file, `${offset}\n`);
  };
  set('+0');
  return {
    env: {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_CACHE_DURATION: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      DONT_FAKE_MONOTONIC: '1',
    },
    set,
  };
}

/** @returns the reason where control groups cannot be made */
export async function makeConfinement(memoryMB: number): Promise<Confinement | { readonly reason: string }> {
  if (!(await Confinement.isPossible()))
    return { reason: 'control groups cannot be made here: it takes root' };
  return Confinement.create(`midstate-chaos-${String(process.pid)}`, { memoryBytes: memoryMB * 1_000_000 });
}
