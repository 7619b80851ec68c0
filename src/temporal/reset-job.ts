import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { resetPoint, type ScheduledRange } from '../core/reset-point.js';
import { translateTemporalError } from './temporal-failures.js';

/**
 * Starts the job's newest run anew at a range, running or ended: ranges before it keep their results, and it and those
 * after it are hashed again. Returns the new run's id.
 * @throws MidstateError InvalidInput when the run has not begun that range; TemporalUnavailable
 */
export async function resetJob(client: Client, workflowId: string, range: number): Promise<string> {
  try {
    const handle = client.workflow.getHandle(workflowId);
    const { runId } = await handle.describe();
    const scheduled = await scheduledRanges(client, workflowId, runId);
    const answer = await client.workflowService.resetWorkflowExecution({
      namespace: client.options.namespace,
      workflowExecution: { workflowId, runId },
      reason: `midstate reset --to-range ${String(range)}`,
      requestId: randomUUID(),
      // eslint-disable-next-line @typescript-eslint/no-explicit-any, @typescript-eslint/no-unsafe-assignment -- the proto's Long takes a number
      workflowTaskFinishEventId: resetPoint(scheduled, range) as any,
    });
    return answer.runId;
  } catch (error) {
    throw translateTemporalError(error, 'reset job');
  }
}

async function scheduledRanges(client: Client, workflowId: string, runId: string): Promise<ScheduledRange[]> {
  const { events } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
  const { payloadConverter } = client.options.loadedDataConverter;
  return (events ?? []).flatMap(({ activityTaskScheduledEventAttributes: scheduled, userMetadata }) => {
    const summary = userMetadata?.summary;
    if (scheduled?.activityType?.name !== 'hashRange' || summary == null) return [];
    return [
      {
        summary: String(payloadConverter.fromPayload(summary)),
        decidedAtEventId: Number(scheduled.workflowTaskCompletedEventId),
      },
    ];
  });
}
