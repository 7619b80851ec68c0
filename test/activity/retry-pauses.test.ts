import { CancelledFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { describe, expect, test } from 'vitest';
import { withFailuresMapped } from '../../activities/application-failure.js';
import { MidstateError } from '../../src/core/failures.js';

async function failed(attempt: number, error: unknown): Promise<unknown> {
  const environment = new MockActivityEnvironment({ attempt });
  const body = () => withFailuresMapped(() => Promise.reject(error as Error));
  return await environment.run(body).catch((reason: unknown) => reason);
}

describe('what fails in an activity', () => {
  test.each([
    [1, 1_000],
    [2, 2_000],
    [4, 8_000],
    [20, 30_000],
  ])('is tried again, after attempt %i, in %i ms', async (attempt, nextRetryDelay) => {
    const store = new MidstateError('StoreUnavailable', 'busy');

    expect(await failed(attempt, store)).toMatchObject({ type: 'StoreUnavailable', nextRetryDelay });
    expect(await failed(attempt, new TypeError('a defect'))).toMatchObject({
      type: 'TypeError',
      message: 'a defect',
      nextRetryDelay,
    });
  });

  test('waits as long as the server asked for', async () => {
    const asked = new MidstateError('StoreUnavailable', 'busy', { retryAfterMs: 700 });

    expect(await failed(3, asked)).toMatchObject({ nextRetryDelay: 700 });
  });

  test('and is not to be tried again, or was cancelled, is left as it is', async () => {
    const cancelled = new CancelledFailure('stop');

    expect(await failed(1, new MidstateError('AccessDenied', 'denied'))).toMatchObject({
      nonRetryable: true,
      nextRetryDelay: undefined,
    });
    expect(await failed(1, cancelled)).toBe(cancelled);
  });
});
