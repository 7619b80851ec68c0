import type { NativeConnection } from '@temporalio/worker';
import type { TaskQueues } from '../core/ports.js';

/** `temporal.api.enums.v1.TaskQueueType` */
const ACTIVITY_TASKS = 2;

/** The server's task queues, as its `DescribeTaskQueue` tells of them. */
export function createTaskQueues(
  { workflowService }: Pick<NativeConnection, 'workflowService'>,
  namespace: string,
): TaskQueues {
  return {
    async lastPolledAtMs(name) {
      const { pollers } = await workflowService.describeTaskQueue({
        namespace,
        taskQueue: { name },
        taskQueueType: ACTIVITY_TASKS,
      });
      const times = (pollers ?? []).map(({ lastAccessTime }) => Number(lastAccessTime?.seconds ?? 0) * 1_000);
      return times.length === 0 ? undefined : Math.max(...times);
    },
  };
}
