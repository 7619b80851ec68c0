import type { Client } from '@temporalio/client';
import type { ObjectRef } from '../core/contracts.js';
import { compareSequencers } from '../core/sequencer.js';
import { indexable } from '../core/workflow-id.js';
import { findSequencer } from './find-sequencer.js';
import { serverNames } from './server-names.js';
import { translateTemporalError } from './temporal-failures.js';

type FindSequencer = (object: ObjectRef) => Promise<string | undefined>;

/** Keys in one question. */
const MAX_KEYS = 50;

/** So long a question waits for others to go with it. */
const LINGER_MS = 25;

const DEADLINE_MS = 10_000;

interface Waiting {
  readonly object: ObjectRef;
  readonly resolve: (sequencer: string | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * `findSequencer` for many objects: asks the server about up to 50 at a time, for a server answers ten questions about
 * its list of workflows a second. Keys that a list of values cannot hold are asked about one by one.
 */
export function createFindSequencers(client: Client): FindSequencer {
  const queues = new Map<string, Waiting[]>();
  const flush = (bucket: string) => {
    const waiting = queues.get(bucket) ?? [];
    queues.delete(bucket);
    findAll(client, bucket, waiting).catch((error: unknown) => {
      for (const { reject } of waiting) reject(error);
    });
  };
  return (object) => {
    if (!isPlain(object.key)) return findSequencer(client, object);
    return new Promise((resolve, reject) => {
      const queue = queues.get(object.bucket) ?? [];
      queue.push({ object, resolve, reject });
      queues.set(object.bucket, queue);
      if (queue.length === 1) {
        setTimeout(() => {
          if (queues.get(object.bucket) === queue) flush(object.bucket);
        }, LINGER_MS);
      }
      if (queue.length === MAX_KEYS) flush(object.bucket);
    });
  };
}

/** As `objectQuery` has it: SQL visibility stores find no value with a double quote or a backslash. */
function isPlain(key: string): boolean {
  return indexable(key) === key && !/["\\]/.test(key);
}

async function findAll(client: Client, bucket: string, waiting: readonly Waiting[]): Promise<void> {
  const names = serverNames(client);
  const keys = waiting.map(({ object }) => `"${names.key(object)}"`);
  const query = `WorkflowType = "hashObject" AND S3Bucket = "${names.bucket(bucket)}" AND S3Key IN (${keys.join(', ')})`;
  const newest = new Map<string, string>();
  try {
    await client.withDeadline(Date.now() + DEADLINE_MS, async () => {
      for await (const { memo } of client.workflow.list({ query })) {
        const { key, etag, sequencer } = memo ?? {};
        if (typeof sequencer !== 'string') continue;
        const name = nameOf({ key: String(key), etag: String(etag) });
        const known = newest.get(name);
        if (known === undefined || compareSequencers(sequencer, known) > 0) newest.set(name, sequencer);
      }
    });
  } catch (error) {
    throw translateTemporalError(error, 'find the jobs of objects');
  }
  for (const { object, resolve } of waiting) resolve(newest.get(nameOf(object)));
}

function nameOf({ key, etag }: { readonly key: string; readonly etag: string }): string {
  return `${etag} ${key}`;
}
