import type { WorkflowService } from '@temporalio/client';
import { tsToMs } from '@temporalio/common/lib/time.js';
import type { TaskQueues } from '../core/ports.js';

/** `TaskQueueType` of Temporal's API: the activities of a queue. */
const ACTIVITY_TASKS = 2;

/** The server's task queues, as its `DescribeTaskQueue` tells of them. */
export function createTaskQueues(
  { workflowService }: { readonly workflowService: Pick<WorkflowService, 'describeTaskQueue'> },
  namespace: string,
): TaskQueues {
  return {
    async lastPolledAtMs(name) {
      const { pollers } = await workflowService.describeTaskQueue({
        namespace,
        taskQueue: { name },
        // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- the SDK exports no such enum
        taskQueueType: ACTIVITY_TASKS,
      });
      const times = pollers.map(({ lastAccessTime }) => (lastAccessTime ? tsToMs(lastAccessTime) : 0));
      return times.length === 0 ? undefined : Math.max(...times);
    },
  };
}
