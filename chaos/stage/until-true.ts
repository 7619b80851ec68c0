import { setTimeout as delay } from 'node:timers/promises';

const LOOK_INTERVAL_MS = 50;

/**
 * Looks again and again until it is so; a look that throws is one that says no.
 * @throws Error with what was waited for, when that takes longer than `timeoutMs`
 */
export async function untilTrue(
  what: string,
  timeoutMs: number,
  look: () => Promise<boolean> | boolean,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  let cause: unknown;
  while (Date.now() < deadline) {
    try {
      if (await look()) return;
    } catch (error) {
      cause = error;
    }
    await delay(LOOK_INTERVAL_MS);
  }
  throw new Error(`${what}: not so within ${String(timeoutMs / 1_000)} s`, { cause });
}
