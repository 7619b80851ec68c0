import { Context } from '@temporalio/activity';
import { ApplicationFailure, ApplicationFailureCategory, TemporalFailure } from '@temporalio/common';
import { isRetryable, MidstateError } from '../src/core/failures.js';

const [FIRST_PAUSE_MS, LONGEST_PAUSE_MS] = [1_000, 30_000];

/**
 * Runs an activity's body; failures of midstate's taxonomy become Temporal failures of the same name, others pass.
 *
 * Whatever fails says itself when to try again: after a second, then two, up to half a minute. The retry policy of
 * readings does not grow (`workflows/activity-proxies.ts`), for what it is left with are workers that died: the next
 * attempt must not wait the longer the more faults an object has seen.
 */
export async function withFailuresMapped<T>(body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (error) {
    throw withPause(error instanceof MidstateError ? toApplicationFailure(error) : error);
  }
}

function withPause(error: unknown): unknown {
  if (!(error instanceof Error) || error.name === 'AbortError') return error;
  const nextRetryDelay = Math.min(FIRST_PAUSE_MS * 2 ** (attempt() - 1), LONGEST_PAUSE_MS);
  if (error instanceof ApplicationFailure) {
    if (error.nonRetryable === true || error.nextRetryDelay !== undefined) return error;
    const { message, type, details, cause, category } = error;
    return ApplicationFailure.create({
      message,
      nextRetryDelay,
      nonRetryable: false,
      ...(type == null ? {} : { type }),
      ...(details == null ? {} : { details }),
      ...(cause === undefined ? {} : { cause }),
      ...(category == null ? {} : { category }),
    });
  }
  // A cancellation, and what the SDK throws to itself, is none of ours.
  if (error instanceof TemporalFailure || error.name === 'CompleteAsyncError') return error;
  return ApplicationFailure.fromError(error, { nextRetryDelay });
}

/** Of the activity that runs here. */
function attempt(): number {
  return Context.current().info.attempt;
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
