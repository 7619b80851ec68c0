import type { temporal } from '@temporalio/proto';
import { msToTs } from '@temporalio/common/lib/time.js';
import { expect, test } from 'vitest';
import { createTaskQueues } from '../../src/temporal/task-queues.js';

type Pollers = temporal.api.taskqueue.v1.IPollerInfo[];

/** What a server says that polled. */
function queuesPolledBy(pollers: Pollers): ReturnType<typeof createTaskQueues> {
  return createTaskQueues(
    { workflowService: { describeTaskQueue: () => Promise.resolve({ pollers }) } as never },
    'default',
  );
}

test('the last poll is told to the millisecond: a second that has begun is not its start', async () => {
  const queues = queuesPolledBy([
    { lastAccessTime: msToTs(1_700_000_000_250) },
    { lastAccessTime: msToTs(1_700_000_000_875) },
  ]);

  expect(await queues.lastPolledAtMs('midstate-hash-512')).toBe(1_700_000_000_875);
});

test('a queue that nobody polls has no last poll', async () => {
  expect(await queuesPolledBy([]).lastPolledAtMs('midstate-hash-512')).toBeUndefined();
});
