import type { Client, WorkflowHandle } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';

export type HistoryEvent = NonNullable<
  NonNullable<Awaited<ReturnType<WorkflowHandle['fetchHistory']>>['events']>[number]
>;

/** The events of a job's run: the newest, or the one the handle names. */
export async function eventsOf(job: WorkflowHandle): Promise<HistoryEvent[]> {
  return (await job.fetchHistory()).events ?? [];
}

/** An activity as it was scheduled. */
export interface ScheduledActivity {
  readonly type: string;
  readonly taskQueue: string;
  readonly summary: unknown;
}

export function scheduledActivities(events: readonly HistoryEvent[]): ScheduledActivity[] {
  return events.flatMap(({ activityTaskScheduledEventAttributes: scheduled, userMetadata }) => {
    if (scheduled == null) return [];
    const summary = userMetadata?.summary;
    return [
      {
        type: scheduled.activityType?.name ?? '',
        taskQueue: scheduled.taskQueue?.name ?? '',
        summary: summary == null ? undefined : defaultPayloadConverter.fromPayload(summary),
      },
    ];
  });
}

/** The attempt that each activity was on when its last attempt started, 1 for the first. */
export function startedAttempts(events: readonly HistoryEvent[]): number[] {
  return events.flatMap(({ activityTaskStartedEventAttributes: started }) =>
    started == null ? [] : [started.attempt ?? 0],
  );
}

/** The events of every run of a job that continued as new, oldest run first. */
export async function eventsOfAllRuns(client: Client, workflowId: string): Promise<HistoryEvent[][]> {
  const runs: HistoryEvent[][] = [];
  let runId: string | undefined;
  do {
    const events = await eventsOf(client.workflow.getHandle(workflowId, runId));
    runs.unshift(events);
    runId = events[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId ?? undefined;
  } while (runId !== undefined && runId !== '');
  return runs;
}
