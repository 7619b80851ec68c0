import { ScheduleAlreadyRunning, ScheduleNotFoundError, type Client } from '@temporalio/client';
import { backfillSummary, reconcileScheduleIdOf } from '../core/backfill-id.js';
import type { BackfillInput } from '../core/backfill.js';
import { MidstateError } from '../core/failures.js';
import { serverNames } from './server-names.js';
import { backfillOptions } from './start-backfill.js';
import { translateTemporalError } from './temporal-failures.js';

/** A prefix, which is what is reconciled. */
export type ReconcileInput = BackfillInput & { readonly source: { readonly kind: 'prefix' } };

/** Missed for longer than that, a run is not made up for: the next one finds the same. */
const CATCH_UP = '1h';

/**
 * Has a prefix reconciled again and again. The first run is one interval from now at most; one that is still under way
 * when the next is due lets it fall out.
 *
 * @returns the schedule's id, and whether it is new
 * @throws MidstateError TemporalUnavailable
 */
export async function scheduleReconcile(
  client: Client,
  input: ReconcileInput,
  everySeconds: number,
): Promise<{ readonly scheduleId: string; readonly isNew: boolean }> {
  const { source } = input;
  const scheduleId = scheduleIdOf(client, source.bucket, source.prefix);
  const { args, taskQueue, workflowId, staticSummary, priority, typedSearchAttributes } = backfillOptions(
    client,
    input,
  );
  const schedule = {
    spec: { intervals: [{ every: everySeconds * 1_000 }] },
    policies: { overlap: 'SKIP', catchupWindow: CATCH_UP } as const,
    action: {
      type: 'startWorkflow' as const,
      workflowType: 'backfill',
      workflowId,
      taskQueue,
      args,
      ...(staticSummary === undefined ? {} : { staticSummary }),
      ...(priority === undefined ? {} : { priority }),
      ...(typedSearchAttributes === undefined ? {} : { typedSearchAttributes }),
    },
  };
  try {
    await client.schedule.create({ scheduleId, ...schedule, memo: { of: backfillSummary(input) } });
    return { scheduleId, isNew: true };
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw translateTemporalError(error, 'create schedule');
    await client.schedule.getHandle(scheduleId).update((old) => ({ ...schedule, state: old.state }));
    return { scheduleId, isNew: false };
  }
}

/**
 * Ends that; a run that is under way goes on.
 * @throws MidstateError ObjectGone when there is no such schedule; TemporalUnavailable
 */
export async function unscheduleReconcile(client: Client, bucket: string, prefix: string): Promise<string> {
  const scheduleId = scheduleIdOf(client, bucket, prefix);
  try {
    await client.schedule.getHandle(scheduleId).delete();
    return scheduleId;
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw translateTemporalError(error, 'delete schedule');
    throw new MidstateError('ObjectGone', 'reconcile: it is not on a schedule', {
      facts: { scheduleId },
      cause: error,
    });
  }
}

function scheduleIdOf(client: Client, bucket: string, prefix: string): string {
  return serverNames(client).workflowId(reconcileScheduleIdOf(bucket, prefix));
}
