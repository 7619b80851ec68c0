import { proxyActivities } from '@temporalio/workflow';
import type { ReplayActivities } from '../activities/index.js';
import { workflowTaskQueue } from '../src/core/memory-classes.js';
import type { ReplayInput } from '../src/core/replay-contracts.js';

/** The activities of a replay: on the workflows' own task queue, tried for as long as the server is away. */
export function replayActivities({
  taskQueuePrefix,
}: Pick<ReplayInput, 'taskQueuePrefix'>): ReplayActivities {
  return proxyActivities<ReplayActivities>({
    taskQueue: workflowTaskQueue(taskQueuePrefix),
    startToCloseTimeout: '2m',
    retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '30s' },
  });
}
