import {
  WorkflowExecutionAlreadyStartedError,
  type Client,
  type WorkflowStartOptions,
} from '@temporalio/client';
import { defineSearchAttributeKey, type SearchAttributePair } from '@temporalio/common';
import type { HashObjectInput, HashObjectResult } from '../core/contracts.js';
import { printable } from '../core/failures.js';
import { workflowTaskQueue } from '../core/memory-classes.js';
import { formatS3Uri } from '../core/s3-uri.js';
import { SEARCH_ATTRIBUTES } from '../core/search-attributes.js';
import { indexable, workflowIdOf } from '../core/workflow-id.js';
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
    throw translateTemporalError(error, 'start workflow');
  }
}

function startOptions(
  workflowId: string,
  input: HashObjectInput,
  again: boolean,
): WorkflowStartOptions<HashObject> {
  const { bucket, key, sizeBytes, etag } = input.object;
  const { sequencer } = input.source;
  return {
    workflowId,
    taskQueue: workflowTaskQueue(input.policy?.taskQueuePrefix),
    args: [input],
    workflowIdConflictPolicy: 'USE_EXISTING',
    workflowIdReusePolicy: again ? 'ALLOW_DUPLICATE' : 'ALLOW_DUPLICATE_FAILED_ONLY',
    staticSummary: `hash ${printable(formatS3Uri(input.object))}`.slice(0, 200),
    // ETag and sequencer: what `findSequencer` goes by.
    memo: {
      bucket,
      key,
      ...(etag === undefined ? {} : { etag }),
      ...(sequencer === undefined ? {} : { sequencer }),
    },
    typedSearchAttributes: startAttributes(bucket, key, sizeBytes),
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
