import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { isRetryable, MidstateError } from '../src/core/failures.js';

/**
 * Runs an activity's body; failures of midstate's taxonomy become Temporal failures of the same name, others pass.
 */
export async function withFailuresMapped<T>(body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (error) {
    throw error instanceof MidstateError ? toApplicationFailure(error) : error;
  }
}

/** The failure as Temporal carries it: `type` is its name, retryable by the taxonomy; outcomes are no alarm (BENIGN). */
export function toApplicationFailure(error: MidstateError, details: unknown[] = []): ApplicationFailure {
  const isOutcome = error.failure === 'ObjectChanged' || error.failure === 'ObjectGone';
  return ApplicationFailure.create({
    type: error.failure,
    message: error.message,
    nonRetryable: !isRetryable(error.failure),
    details,
    ...(error.cause instanceof Error ? { cause: error.cause } : {}),
    ...(error.retryAfterMs === undefined ? {} : { nextRetryDelay: error.retryAfterMs }),
    ...(isOutcome ? { category: ApplicationFailureCategory.BENIGN } : {}),
  });
}
