import { setTimeout as delay } from 'node:timers/promises';
import { MidstateError } from '../core/failures.js';

const LOOK_MS = 250;

export interface Happenings {
  readonly timeoutSeconds: number;
  /** Gives the work up. */
  readonly stop: AbortSignal;
  /** Looks whether something has gone wrong. */
  readonly look: () => Promise<Error | undefined>;
}

/**
 * Waits for work, and looks four times a second whether its worker is well.
 * @throws what `look` gives; MidstateError WorkerShutdown when the work takes too long, or is given up
 */
export async function whileNothingHappens<T>(work: Promise<T>, happenings: Happenings): Promise<T> {
  const done = new AbortController();
  try {
    return await Promise.race([work, trouble(happenings, done.signal)]);
  } finally {
    done.abort();
  }
}

async function trouble({ timeoutSeconds, stop, look }: Happenings, done: AbortSignal): Promise<never> {
  const deadline = performance.now() + timeoutSeconds * 1_000;
  for (;;) {
    // Once the work is done nobody listens any more: no look, and no process for one, is needed.
    await delay(LOOK_MS, undefined, { signal: done });
    if (stop.aborted) throw shutdown('is not needed any more');
    const found = await look();
    if (found !== undefined) throw found;
    if (performance.now() > deadline)
      throw shutdown(`took longer than ${String(Math.round(timeoutSeconds))} s`);
  }
}

function shutdown(how: string): MidstateError {
  return new MidstateError('WorkerShutdown', `tune: the worker ${how}`);
}
