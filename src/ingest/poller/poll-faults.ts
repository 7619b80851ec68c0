import { setTimeout as delay } from 'node:timers/promises';
import { isRetryable, MidstateError } from '../../core/failures.js';

/** Failures of the taxonomy that no retry mends; unknown errors may pass. */
export function isFinal(error: unknown): boolean {
  return error instanceof MidstateError && !isRetryable(error.failure);
}

/** Resolves after `timeMs`, or when `stop` aborts. */
export async function pause(timeMs: number, stop: AbortSignal): Promise<void> {
  if (!stop.aborted) await delay(timeMs, undefined, { signal: stop }).catch(() => undefined);
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
