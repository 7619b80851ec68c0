import {
  WorkflowExecutionAlreadyStartedError,
  type Client,
  type WorkflowStartOptions,
} from '@temporalio/client';
import { defineSearchAttributeKey } from '@temporalio/common';
import { backfillIdOf, backfillSummary } from '../core/backfill-id.js';
import type { BackfillInput, BackfillResult } from '../core/backfill.js';
import { workflowTaskQueue } from '../core/memory-classes.js';
import { SEARCH_ATTRIBUTES } from '../core/search-attributes.js';
import { serverNames } from './server-names.js';
import type { StartedJob } from './start-hash-object.js';
import { translateTemporalError } from './temporal-failures.js';

export type Backfill = (input: BackfillInput) => Promise<BackfillResult>;

const DEADLINE_MS = 10_000;

/** What can wait: uploads go ahead of a backfill's jobs (`priorityOf`), and of the backfill itself. */
const PRIORITY = { priorityKey: 4 };

const BUCKET = defineSearchAttributeKey('S3Bucket', SEARCH_ATTRIBUTES.S3Bucket);

/**
 * Starts a backfill, unless the same one runs.
 * @returns its workflow; `isNew` is false when it was running already
 * @throws MidstateError TemporalUnavailable
 */
export async function startBackfill(client: Client, input: BackfillInput): Promise<StartedJob> {
  const options = backfillOptions(client, input);
  const { workflowId } = options;
  try {
    await client.withDeadline(Date.now() + DEADLINE_MS, () =>
      client.workflow.start<Backfill>('backfill', {
        ...options,
        workflowIdConflictPolicy: 'FAIL',
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      }),
    );
    return { workflowId, isNew: true };
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return { workflowId, isNew: false };
    throw translateTemporalError(error, 'start backfill');
  }
}

/** What a start and a schedule have in common. */
export function backfillOptions(
  client: Client,
  input: BackfillInput,
): Pick<
  WorkflowStartOptions<Backfill>,
  'workflowId' | 'taskQueue' | 'args' | 'staticSummary' | 'priority' | 'typedSearchAttributes'
> {
  const { source } = input;
  const names = serverNames(client);
  return {
    workflowId: names.workflowId(backfillIdOf(input)),
    taskQueue: workflowTaskQueue(input.taskQueuePrefix),
    args: [input],
    staticSummary: backfillSummary(input),
    priority: PRIORITY,
    ...(source.kind === 'lines'
      ? {}
      : { typedSearchAttributes: [{ key: BUCKET, value: names.bucket(source.bucket) }] }),
  };
}
