import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { messagesIn, resultOf, runsOf } from '../setup/jobs.js';
import { eventually } from '../setup/eventually.js';
import { PipelineStage } from '../setup/pipeline-stage.js';
import { s3Record, sendMessage, TEST_EVENT } from '../setup/s3-events.js';
import { ensureBucket, freshBytes, opensslDigest, putObject } from '../setup/stack-clients.js';
import { theStack } from '../setup/the-stack.js';

/** Nobody announces the uploads to it: the tests send the messages. */
const BUCKET = 'announced-by-hand';
const { queueUrl, dlqUrl } = theStack().urls;

let stage: PipelineStage;

beforeAll(async () => {
  stage = await PipelineStage.open({ MIDSTATE_RANGE_SIZE_BYTES: '10000000' });
  await ensureBucket(stage.clients.s3, BUCKET);
});

beforeEach(() => queueIsEmpty());

afterAll(() => stage.close());

async function queueIsEmpty(): Promise<void> {
  await eventually(async () => (await messagesIn(stage.clients.sqs, queueUrl)) === 0, {
    what: 'an empty queue',
  });
}

async function upload(sizeBytes: number) {
  const body = freshBytes(sizeBytes);
  const object = await putObject(stage.clients.s3, BUCKET, `message-${randomUUID()}`, body);
  return { object, sha1: opensslDigest('sha1', body) };
}

async function send(body: unknown): Promise<void> {
  await sendMessage(stage.clients.sqs, queueUrl, body);
}

describe('messages in the queue', () => {
  test('an event that comes again during the hash and after it makes no second run and no second read', async () => {
    const { object, sha1 } = await upload(30_000_000);
    const message = { Records: [s3Record(object, '0A')] };
    const before = stage.bytesRead();

    await Promise.all([send(message), send(message), send(message)]);
    const { digests, stats } = await resultOf(stage.clients.temporal, object);
    await send(message);
    await queueIsEmpty();

    expect(digests.sha1).toBe(sha1);
    expect(stats).toMatchObject({ bytesRead: object.sizeBytes, bytesReadTwice: 0 });
    expect(await runsOf(stage.clients.temporal, object)).toHaveLength(1);
    expect(stage.bytesRead() - before).toBe(object.sizeBytes);
  });

  test('every record of a message starts a job', async () => {
    const uploads = await Promise.all([upload(10), upload(20), upload(30)]);

    await send({ Records: uploads.map(({ object }, index) => s3Record(object, `0${String(index)}`)) });
    const results = await Promise.all(uploads.map(({ object }) => resultOf(stage.clients.temporal, object)));

    expect(results.map(({ digests }) => digests.sha1)).toEqual(uploads.map(({ sha1 }) => sha1));
    await queueIsEmpty();
  });

  test("S3's test event is deleted", async () => {
    await send(TEST_EVENT);
    await queueIsEmpty();

    expect(await messagesIn(stage.clients.sqs, dlqUrl)).toBe(0);
  });

  test('an event of a removal is deleted and starts nothing', async () => {
    const { object } = await upload(10);

    await send({ Records: [{ ...s3Record(object, '01'), eventName: 'ObjectRemoved:Delete' }] });
    await queueIsEmpty();

    expect(await runsOf(stage.clients.temporal, object)).toEqual([]);
  });
});
