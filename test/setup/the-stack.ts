import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { inject } from 'vitest';
import type { LocalUrls } from '../../src/local/stack-options.js';

/** A local stack that test files share. */
export interface SharedStack {
  /** Variables of AWS, Temporal and midstate that point at the stack. */
  readonly env: Record<string, string>;
  readonly urls: LocalUrls;
  /** Bucket whose uploads are announced in the queue. Uploads to other buckets are nobody's business. */
  readonly bucket: string;
  /** File with the workflow code, bundled from the sources of this run. */
  readonly workflowBundle: string;
  /** Where its servers keep what they have. */
  readonly dataDir: string;
  /** Folder of this run, removed at its end. */
  readonly scratchDir: string;
}

declare module 'vitest' {
  interface ProvidedContext {
    stacks: readonly SharedStack[];
  }
}

/** No test file takes so long. */
const WAIT_MS = 600_000;

let taken: SharedStack | undefined;

/**
 * The stack that this test file has to itself: where there are several, with those before and after it. Which one says a
 * file beside it with the id of the process that has it, and not vitest's number of the worker: a worker that is slow to
 * end keeps its number, and the next one would meet another file on its stack.
 */
export function theStack(): SharedStack {
  if (taken !== undefined) return taken;
  const stacks = inject('stacks');
  const deadlineMs = Date.now() + WAIT_MS;
  while (Date.now() < deadlineMs) {
    taken = stacks.length === 1 ? stacks[0] : stacks.find((stack) => tryTake(`${stack.dataDir}.taken-by`));
    if (taken !== undefined) return taken;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
  }
  throw new Error('no stack was started for this project, or none became free');
}

function tryTake(path: string): boolean {
  try {
    writeFileSync(path, String(process.pid), { flag: 'wx' });
    return true;
  } catch {
    const holder = existsSync(path) ? Number(readFileSync(path, 'utf8')) : 0;
    // Empty while it is being written. What is left behind is taken away, and tried again.
    if (holder !== 0 && !isRunning(holder)) rmSync(path, { force: true });
    return false;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
