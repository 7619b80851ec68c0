import { MidstateError } from '../core/failures.js';

/** What the command line's exit codes mean. */
export const EXIT = { fine: 0, failed: 1, wrongUse: 2, mismatch: 3 } as const;

/** 2 for input that can never work, 1 for everything else that failed. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof AggregateError) return Math.min(...error.errors.map(exitCodeOf));
  return error instanceof MidstateError && error.failure === 'InvalidInput' ? EXIT.wrongUse : EXIT.failed;
}
