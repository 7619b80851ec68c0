import { AsyncResource } from 'node:async_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { withHeartbeats } from '../../activities/with-heartbeats.js';
import { createAttempt, runActivity } from './activity-bench.js';

const OUTSIDE = new AsyncResource('outside of any activity');

test('a heartbeat goes out too when bytes are told of from outside of the activity’s async context', async () => {
  const attempt = createAttempt();
  const activity = () =>
    withHeartbeats(
      { heartbeatIntervalMs: 1 },
      () => ({ bytesRead: 7 }),
      async ({ pulse }) => {
        await delay(5);
        OUTSIDE.runInAsyncScope(() => {
          pulse.onHashed();
        });
      },
    );

  await runActivity(activity, undefined, attempt);

  expect(attempt.heartbeats).toEqual([{ bytesRead: 7 }]);
});
