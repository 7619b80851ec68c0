import {
  isGrpcServiceError,
  WorkflowExecutionAlreadyStartedError,
  type Client,
  type WorkflowStartOptions,
} from '@temporalio/client';
import { defineSearchAttributeKey, type Priority, type SearchAttributePair } from '@temporalio/common';
import type { HashObjectInput, HashObjectResult } from '../core/contracts.js';
import { MidstateError, printable } from '../core/failures.js';
import { workflowTaskQueue } from '../core/memory-classes.js';
import { formatS3Uri } from '../core/s3-uri.js';
import { SEARCH_ATTRIBUTES } from '../core/search-attributes.js';
import { indexable, truncateUtf8, workflowIdOf } from '../core/workflow-id.js';

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
 * @throws MidstateError TemporalUnavailable (retried)
 */
export async function startHashObject(
  client: Client,
  input: HashObjectInput,
  again = false,
): Promise<StartedJob> {
  const workflowId = workflowIdOf({ ...input.object, sequencer: input.source.sequencer });
  try {
    await client.withDeadline(Date.now() + START_DEADLINE_MS, () =>
      client.workflow.start<HashObject>('hashObject', startOptions(workflowId, input, again)),
    );
    return { workflowId, isNew: true };
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return { workflowId, isNew: false };
    throw asUnavailable(error);
  }
}

function startOptions(
  workflowId: string,
  input: HashObjectInput,
  again: boolean,
): WorkflowStartOptions<HashObject> {
  const { bucket, key, sizeBytes } = input.object;
  return {
    workflowId,
    taskQueue: workflowTaskQueue(input.policy?.taskQueuePrefix),
    args: [input],
    workflowIdConflictPolicy: 'USE_EXISTING',
    workflowIdReusePolicy: again ? 'ALLOW_DUPLICATE' : 'ALLOW_DUPLICATE_FAILED_ONLY',
    staticSummary: `hash ${printable(formatS3Uri(input.object))}`.slice(0, 200),
    memo: { bucket, key },
    priority: priorityOf(input),
    typedSearchAttributes: startAttributes(bucket, key, sizeBytes),
  };
}

/** The server's limit. Bucket names have at most 63 characters. */
const MAX_FAIRNESS_KEY_BYTES = 64;

/**
 * Uploads and what a person asks for go ahead of what can wait; within that, buckets take turns. The job's activities
 * inherit both. Without effect on a server that has not been told to look at them.
 */
export function priorityOf({ object, source }: HashObjectInput): Priority {
  const canWait = source.kind === 'backfill' || source.kind === 'replay';
  return {
    priorityKey: canWait ? 4 : 2,
    fairnessKey: truncateUtf8(object.bucket, MAX_FAIRNESS_KEY_BYTES),
  };
}

/** Attributes given at the start cost no Temporal action. */
function startAttributes(bucket: string, key: string, sizeBytes: number | undefined): SearchAttributePair[] {
  const pairs: SearchAttributePair[] = [
    { key: defineSearchAttributeKey('S3Bucket', SEARCH_ATTRIBUTES.S3Bucket), value: bucket },
    { key: defineSearchAttributeKey('S3Key', SEARCH_ATTRIBUTES.S3Key), value: indexable(key) },
    { key: defineSearchAttributeKey('HashStatus', SEARCH_ATTRIBUTES.HashStatus), value: 'hashing' },
  ];
  if (sizeBytes === undefined) return pairs;
  const size = defineSearchAttributeKey('ObjectSizeBytes', SEARCH_ATTRIBUTES.ObjectSizeBytes);
  return [...pairs, { key: size, value: sizeBytes }];
}

/** gRPC codes of a server that cannot answer now: DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, INTERNAL, UNAVAILABLE, CANCELLED. */
const PASSING_CODES: ReadonlySet<number> = new Set([1, 4, 8, 13, 14]);

function asUnavailable(error: unknown): unknown {
  const service = isGrpcServiceError(error) ? error : (error as { cause?: unknown }).cause;
  if (!isGrpcServiceError(service) || !PASSING_CODES.has(service.code)) return error;
  return new MidstateError(
    'TemporalUnavailable',
    'start workflow: the Temporal server does not take it now',
    {
      facts: { code: service.code, actual: service.details },
      cause: error,
    },
  );
}
