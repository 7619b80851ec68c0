import type { WorkflowService } from '@temporalio/client';

/** `TaskQueueType` of Temporal's API: the activities of a queue. */
const ACTIVITY_TASKS = 2;

/** Activities that wait in these task queues for a worker, as the server estimates it. */
export async function readBacklog(
  { workflowService }: { readonly workflowService: WorkflowService },
  namespace: string,
  taskQueues: readonly string[],
): Promise<number> {
  const answers = await Promise.all(
    taskQueues.map((name) =>
      workflowService.describeTaskQueue({
        namespace,
        taskQueue: { name },
        // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- the SDK exports no such enum
        taskQueueType: ACTIVITY_TASKS,
        reportStats: true,
      }),
    ),
  );
  return answers.reduce((sum, { stats }) => sum + Number(stats?.approximateBacklogCount ?? 0), 0);
}

export interface Demand {
  /** Activities that wait. */
  readonly backlog: number;
  /** Activities that one invocation runs at once. */
  readonly slots: number;
  readonly inFlight: number;
  /** Of those in flight, such as have not come to ask for work yet: what waits may be for them. */
  readonly starting: number;
  readonly most: number;
}

/** How many invocations to add: enough for what waits, less what is on its way to it. */
export function invocationsToAdd({ backlog, slots, inFlight, starting, most }: Demand): number {
  const wanted = Math.ceil(backlog / slots) - starting;
  return Math.max(0, Math.min(wanted, most - inFlight));
}
