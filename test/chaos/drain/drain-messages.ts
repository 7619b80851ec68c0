import { randomUUID } from 'node:crypto';
import type { ObjectRef } from '../../../src/core/contracts.js';

/** A message of the drain, and the keys of the objects that it asks to hash. */
export interface DrainMessage {
  readonly body: string;
  readonly keys: readonly string[];
}

export interface DrainPlan {
  readonly messages: readonly DrainMessage[];
  /** Bodies that nobody can understand. */
  readonly poison: readonly string[];
  /** Keys that some message names, each once. */
  readonly keys: readonly string[];
}

/** Of a hundred messages, on average: so many are duplicates, poison, or hold several records. */
const DUPLICATES = 0.1;
const POISON = 0.01;
const MULTI = 0.01;
const RECORDS_OF_MULTI = 3;

/** How many objects a drain of so many messages names. */
export function objectsFor(count: number): number {
  const [duplicates, poison, multi] = sharesOf(count);
  return count - duplicates - poison - multi + multi * RECORDS_OF_MULTI;
}

/** Mixes messages of all forms for the objects given, in random order. */
export function planDrain(count: number, objects: readonly ObjectRef[], random: () => number): DrainPlan {
  const [duplicates, poisonCount, multi] = sharesOf(count);
  const left = [...objects];
  const messages: DrainMessage[] = [];
  for (let n = 0; n < multi; n++) {
    const some = left.splice(0, RECORDS_OF_MULTI);
    const Records = some.map((object, index) => recordOf(object, index));
    messages.push({ body: JSON.stringify({ Records }), keys: some.map(({ key }) => key) });
  }
  for (const [index, object] of left.entries())
    messages.push({ body: bodyOf(object, index), keys: [object.key] });
  const singles = messages.length;
  for (let n = 0; n < duplicates; n++) messages.push(messages[Math.floor(random() * singles)]!);
  const poison = Array.from({ length: poisonCount }, (_, n) => poisonOf(n));
  messages.push(...poison.map((body) => ({ body, keys: [] })));
  return { messages: shuffled(messages, random), poison, keys: objects.map(({ key }) => key) };
}

function sharesOf(count: number): [number, number, number] {
  return [DUPLICATES, POISON, MULTI].map((share) => Math.max(1, Math.round(count * share))) as [
    number,
    number,
    number,
  ];
}

/** Of twenty objects: fourteen are told of by S3, two each through SNS and EventBridge, one each by S3 Batch and by hand. */
function bodyOf(object: ObjectRef, index: number): string {
  const notification = { Records: [recordOf(object, index)] };
  const kind = index % 20;
  if (kind < 14) return JSON.stringify(notification);
  if (kind < 16) {
    const envelope = { Type: 'Notification', MessageId: randomUUID(), TopicArn: 'arn:aws:sns:us-east-1:1:t' };
    return JSON.stringify({ ...envelope, Message: JSON.stringify(notification) });
  }
  if (kind < 18) return JSON.stringify(eventBridgeOf(object));
  if (kind === 18) return JSON.stringify(batchOf(object));
  return JSON.stringify({ bucket: object.bucket, key: object.key });
}

const VERSIONS = ['2.0', '2.1', '2.2', '2.3', '2.4', '2.5', '2.6'];
const NAMES = ['Put', 'Post', 'Copy', 'CompleteMultipartUpload'];

function recordOf(object: ObjectRef, index: number): object {
  return {
    eventVersion: VERSIONS[index % VERSIONS.length],
    eventSource: 'aws:s3',
    awsRegion: 'us-east-1',
    eventTime: '2026-01-01T00:00:00.000Z',
    eventName: `ObjectCreated:${NAMES[index % NAMES.length] ?? ''}`,
    s3: {
      s3SchemaVersion: '1.0',
      bucket: { name: object.bucket, arn: `arn:aws:s3:::${object.bucket}` },
      object: {
        key: formEncoded(object.key),
        size: object.sizeBytes,
        eTag: object.etag,
        sequencer: '0055AED6DCD90281E5',
      },
    },
  };
}

function eventBridgeOf({ bucket, key, etag, sizeBytes }: ObjectRef): object {
  const object = { key, etag, size: sizeBytes, sequencer: '0055AED6DCD90281E5' };
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': 'Object Created',
    source: 'aws.s3',
    time: '2026-01-01T00:00:00Z',
    detail: { version: '0', bucket: { name: bucket }, object, reason: 'PutObject' },
  };
}

function batchOf({ bucket, key }: ObjectRef): object {
  const task = {
    taskId: 't',
    s3Key: formEncoded(key),
    s3VersionId: null,
    s3BucketArn: `arn:aws:s3:::${bucket}`,
  };
  return { invocationSchemaVersion: '1.0', invocationId: randomUUID(), job: { id: 'j' }, tasks: [task] };
}

function poisonOf(index: number): string {
  const id = randomUUID();
  return [`no json ${id}`, JSON.stringify({ Event: id }), JSON.stringify({ Records: [{ id }] })][index % 3]!;
}

function formEncoded(key: string): string {
  return encodeURIComponent(key).replaceAll('%20', '+').replaceAll('%2F', '/');
}

function shuffled<T>(items: T[], random: () => number): T[] {
  for (let last = items.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [items[last], items[other]] = [items[other]!, items[last]!];
  }
  return items;
}
