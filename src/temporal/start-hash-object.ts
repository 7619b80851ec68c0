import {
  WorkflowExecutionAlreadyStartedError,
  type Client,
  type WorkflowStartOptions,
} from '@temporalio/client';
import {
  defineSearchAttributeKey,
  type Priority,
  type SearchAttributePair,
  type WorkflowIdConflictPolicy,
} from '@temporalio/common';
import type { HashObjectInput, HashObjectResult } from '../core/contracts.js';
import { workflowTaskQueue } from '../core/memory-classes.js';
import { classFor } from '../core/routing.js';
import { SEARCH_ATTRIBUTES, type HashStatus } from '../core/search-attributes.js';
import { indexable, jobSummary, startOf, workflowIdOf } from '../core/workflow-id.js';
import { serverNames, type ServerNames } from './server-names.js';
import { translateTemporalError } from './temporal-failures.js';

type HashObject = (input: HashObjectInput) => Promise<HashObjectResult>;

export interface StartedJob {
  readonly workflowId: string;
  /** False when this version has already been hashed. A running job counts as started: it will be. */
  readonly isNew: boolean;
}

/** A start that the server has not acknowledged by then is tried again. */
const START_DEADLINE_MS = 10_000;

/**
 * Starts the job of an object version, or finds it running or done. One that failed is started again.
 *
 * @param again start another run even when the version has been hashed
 * @param conflict `FAIL`: a running job counts as found, not as started; `TERMINATE_EXISTING`: it makes way
 * @throws MidstateError TemporalUnavailable (retried)
 */
export async function startHashObject(
  client: Client,
  input: HashObjectInput,
  again = false,
  conflict: WorkflowIdConflictPolicy = 'USE_EXISTING',
): Promise<StartedJob> {
  const workflowId = jobId(client, input);
  const options = { ...startOptions(client, workflowId, input, again), workflowIdConflictPolicy: conflict };
  try {
    await client.withDeadline(Date.now() + START_DEADLINE_MS, () =>
      client.workflow.start<HashObject>('hashObject', options),
    );
    return { workflowId, isNew: true };
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return { workflowId, isNew: false };
    throw translateTemporalError(error, 'start workflow');
  }
}

/** What a replayed job keeps of its replay, in its memo. */
export interface ReplayMark {
  /** The run that it takes the place of. */
  readonly replayOf: string;
  /** Workflow id of the replay. */
  readonly replayedBy: string;
  readonly resumedAtByte: number;
  readonly reason?: string;
}

/**
 * Starts another run of a job that ended without a result, under the id that it had. False when the server did not:
 * another run is under way, or the job has a result.
 *
 * @throws MidstateError TemporalUnavailable (retried)
 */
export async function startHashObjectAgain(
  client: Client,
  workflowId: string,
  input: HashObjectInput,
  mark: ReplayMark,
): Promise<boolean> {
  const options = startOptions(client, workflowId, input, false);
  try {
    await client.withDeadline(Date.now() + START_DEADLINE_MS, () =>
      client.workflow.start<HashObject>('hashObject', {
        ...options,
        memo: { ...options.memo, ...mark },
        workflowIdConflictPolicy: 'FAIL',
      }),
    );
    return true;
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return false;
    throw translateTemporalError(error, 'start workflow');
  }
}

/** The workflow id of the object version that an input names. */
export function jobId(client: Client, { object, source: { sequencer } }: HashObjectInput): string {
  return serverNames(client).workflowId(workflowIdOf({ ...object, sequencer }));
}

function startOptions(
  client: Client,
  workflowId: string,
  input: HashObjectInput,
  again: boolean,
): WorkflowStartOptions<HashObject> {
  const names = serverNames(client);
  return {
    workflowId,
    taskQueue: workflowTaskQueue(input.policy?.taskQueuePrefix),
    args: [input],
    workflowIdReusePolicy: again ? 'ALLOW_DUPLICATE' : 'ALLOW_DUPLICATE_FAILED_ONLY',
    staticSummary: jobSummary(input.object),
    memo: memoOf(input),
    priority: priorityOf(input, names),
    typedSearchAttributes: startAttributes(input, names),
  };
}

/** The server's limit. Bucket names have at most 63 characters. */
const MAX_FAIRNESS_KEY_BYTES = 64;

/**
 * Uploads and what a person asks for go ahead of what can wait; within that, buckets take turns. The job's activities
 * inherit both. Without effect on a server that has not been told to look at them.
 */
export function priorityOf(
  { object, source }: HashObjectInput,
  names: Pick<ServerNames, 'bucket'>,
): Priority {
  const canWait = source.kind === 'backfill' || source.kind === 'replay';
  return {
    priorityKey: canWait ? 4 : 2,
    fairnessKey: startOf(names.bucket(object.bucket), MAX_FAIRNESS_KEY_BYTES),
  };
}

/**
 * The object, as it is: what search attributes shorten and escape. A payload codec encrypts it, unlike those.
 * `findSequencer` goes by key, ETag and sequencer.
 */
function memoOf({ object, source: { sequencer } }: HashObjectInput): Record<string, unknown> {
  const { bucket, key, versionId, etag, sizeBytes } = object;
  return {
    bucket,
    key,
    ...(versionId === undefined ? {} : { versionId }),
    ...(etag === undefined ? {} : { etag }),
    ...(sizeBytes === undefined ? {} : { sizeBytes }),
    ...(sequencer === undefined ? {} : { sequencer }),
  };
}

const KEYS = {
  bucket: defineSearchAttributeKey('S3Bucket', SEARCH_ATTRIBUTES.S3Bucket),
  key: defineSearchAttributeKey('S3Key', SEARCH_ATTRIBUTES.S3Key),
  status: defineSearchAttributeKey('HashStatus', SEARCH_ATTRIBUTES.HashStatus),
  algorithms: defineSearchAttributeKey('HashAlgorithms', SEARCH_ATTRIBUTES.HashAlgorithms),
  memoryClass: defineSearchAttributeKey('MemoryClass', SEARCH_ATTRIBUTES.MemoryClass),
  sizeBytes: defineSearchAttributeKey('ObjectSizeBytes', SEARCH_ATTRIBUTES.ObjectSizeBytes),
};

/** Attributes given at the start cost no Temporal action. The class is the one that the workflow will choose first. */
function startAttributes(
  { object, algorithms, policy }: HashObjectInput,
  names: ServerNames,
): SearchAttributePair[] {
  const { bucket, sizeBytes } = object;
  const pairs: SearchAttributePair[] = [
    { key: KEYS.bucket, value: names.bucket(bucket) },
    { key: KEYS.key, value: indexable(names.key(object)) },
    { key: KEYS.status, value: 'hashing' satisfies HashStatus },
    { key: KEYS.algorithms, value: [...algorithms] },
  ];
  if (sizeBytes === undefined) return pairs;
  const memoryMB = classFor(policy, sizeBytes);
  pairs.push({ key: KEYS.sizeBytes, value: sizeBytes }, { key: KEYS.memoryClass, value: String(memoryMB) });
  return pairs;
}
