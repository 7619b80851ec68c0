import { randomUUID } from 'node:crypto';
import { DeleteObjectCommand, GetObjectTaggingCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { HashObjectResult } from '../../src/core/contracts.js';
import { eventually } from '../setup/eventually.js';
import { PipelineStage } from '../setup/pipeline-stage.js';
import { SlowNetwork } from '../setup/slow-network.js';
import { freshBytes, opensslDigest, putObject } from '../setup/stack-clients.js';
import { theStack } from '../setup/the-stack.js';

/** Held back here, a read stands between two chunks of 5 MB of an object of 20 MB. */
const HOLD_AFTER_BYTES = 7_000_000;
const SIZE_BYTES = 20_000_000;

let stage: PipelineStage;
let network: SlowNetwork;

beforeAll(async () => {
  network = await SlowNetwork.open(theStack().urls.s3);
  stage = await PipelineStage.open({
    AWS_ENDPOINT_URL_S3: network.url,
    MIDSTATE_CHUNK_SIZE_BYTES: '5000064',
    MIDSTATE_RANGE_SIZE_BYTES: '10000128',
    MIDSTATE_PUBLISH: 'tags',
  });
});

afterAll(async () => {
  network.release();
  await stage.close();
  await network.close();
});

/** Uploads an object and brings its hash to a stand in the middle. */
async function uploadAndHold(key: string): Promise<void> {
  const isHeld = network.holdAfter(HOLD_AFTER_BYTES);
  await putObject(stage.clients.s3, stage.bucket, key, freshBytes(SIZE_BYTES));
  await isHeld;
}

async function resultsOf(key: string, count: number): Promise<HashObjectResult[]> {
  const runs = await eventually(
    async () => {
      const found = await stage.runsOf(key);
      return found.length >= count && found.every(({ status }) => status === 'COMPLETED') && found;
    },
    { what: `${String(count)} finished jobs` },
  );
  const handles = runs.map(({ workflowId }) => stage.clients.temporal.workflow.getHandle(workflowId));
  return (await Promise.all(handles.map((handle) => handle.result()))) as HashObjectResult[];
}

describe('an object that changes under the hash', () => {
  test('overwritten: the old version is superseded, the new one is hashed, and only it is labelled', async () => {
    const key = `overwritten-${randomUUID()}`;
    const newer = freshBytes(SIZE_BYTES);
    await uploadAndHold(key);

    const { etag } = await putObject(stage.clients.s3, stage.bucket, key, newer);
    network.release();
    const results = await resultsOf(key, 2);

    const tags = await stage.clients.s3.send(new GetObjectTaggingCommand({ Bucket: stage.bucket, Key: key }));
    const superseded = results.find(({ outcome }) => outcome === 'superseded');
    const hashed = results.find(({ outcome }) => outcome === 'hashed');
    expect(superseded).toMatchObject({ digests: {}, published: [] });
    expect(hashed).toMatchObject({ object: { etag }, digests: { sha1: opensslDigest('sha1', newer) } });
    expect(new Map(tags.TagSet?.map(({ Key, Value }) => [Key, Value]))).toEqual(
      new Map([
        ['midstate-sha1', opensslDigest('sha1', newer)],
        ['midstate-etag', etag],
      ]),
    );
  });

  test('deleted: the job ends as gone', async () => {
    const key = `deleted-${randomUUID()}`;
    await uploadAndHold(key);

    await stage.clients.s3.send(new DeleteObjectCommand({ Bucket: stage.bucket, Key: key }));
    network.release();
    const [result] = await resultsOf(key, 1);

    expect(result).toMatchObject({ outcome: 'gone', digests: {}, published: [] });
  });

  test('the connection breaks in the middle of a body: the read goes on at the very byte', async () => {
    const key = `cut-${randomUUID()}`;
    const body = freshBytes(SIZE_BYTES);
    const before = stage.bytesRead();
    const isHeld = network.holdAfter(HOLD_AFTER_BYTES);
    await putObject(stage.clients.s3, stage.bucket, key, body);
    await isHeld;

    network.cut();
    network.release();
    const [result] = await resultsOf(key, 1);

    expect(result?.digests.sha1).toBe(opensslDigest('sha1', body));
    expect(result?.stats).toMatchObject({ bytesReadTwice: 0, lostAttempts: 0, attempts: 2 });
    expect(stage.bytesRead() - before).toBe(SIZE_BYTES);
  });
});
