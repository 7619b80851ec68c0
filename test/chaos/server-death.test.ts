import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ChaosStage, strike } from '../setup/chaos-stage.js';
import { eventually } from '../setup/eventually.js';
import { messagesIn, runsOf } from '../setup/jobs.js';
import { freshBytes, opensslDigest, putObject } from '../setup/stack-clients.js';

const SIZE = 150_000_000;
const SMALL_OBJECTS = 120;

let stage: ChaosStage;

beforeAll(async () => {
  stage = await ChaosStage.open(60_000_000);
});

afterAll(() => stage.close());

/** Uploads an object, and does the harm once a third of it is read. */
async function harmInTheMiddle(harm: () => Promise<void>): Promise<{ key: string; sha1: string }> {
  const body = freshBytes(SIZE);
  const key = `harmed-${randomUUID()}`;
  const reads = stage.readsOf(512);
  const before = reads.total();
  await putObject(stage.clients.s3, stage.bucket, key, body);
  await eventually(() => reads.total() - before > SIZE / 3, {
    what: 'a third of the object read',
    intervalMs: 5,
  });
  reads.dispose();
  await harm();
  return { key, sha1: opensslDigest('sha1', body) };
}

test('an object is hashed although the Temporal server is killed and started again meanwhile', async () => {
  const { key, sha1 } = await harmInTheMiddle(async () => {
    await stage.stack.killServer('temporal');
    await stage.stack.restartServer('temporal');
  });

  const { digests } = await stage.resultOf(key);

  expect(digests).toEqual({ sha1 });
});

test('an object is hashed although the S3 server is killed and started again meanwhile', async () => {
  const { key, sha1 } = await harmInTheMiddle(async () => {
    await stage.stack.killServer('s3');
    await stage.stack.restartServer('s3');
  });

  const { digests } = await stage.resultOf(key);

  expect(digests).toEqual({ sha1 });
});

test('an object is hashed although every connection to S3 breaks, and no byte of it is read twice', async () => {
  const { key, sha1 } = await harmInTheMiddle(() => {
    stage.network.cut();
    return Promise.resolve();
  });

  const { digests, stats } = await stage.resultOf(key);

  expect(digests).toEqual({ sha1 });
  expect(stats).toMatchObject({ bytesRead: SIZE, bytesReadTwice: 0, attempts: 1 });
});

test('every upload is hashed exactly once although the poller is killed again and again', async () => {
  const keys = Array.from({ length: SMALL_OBJECTS }, (_, index) => `poller-${randomUUID()}/${String(index)}`);
  const digests = new Map<string, string>();
  const uploaded = new AbortController();

  const killing = (async () => {
    while (!uploaded.signal.aborted) await strike(stage.poller, 'SIGKILL');
  })();
  for (const key of keys) {
    const body = freshBytes(1_000);
    digests.set(key, opensslDigest('sha1', body));
    await putObject(stage.clients.s3, stage.bucket, key, body);
  }
  uploaded.abort();
  await killing;
  const results = await Promise.all(
    keys.map(async (key) => [key, (await stage.resultOf(key)).digests.sha1] as const),
  );
  const runs = await Promise.all(
    keys.map((key) => runsOf(stage.clients.temporal, { bucket: stage.bucket, key })),
  );

  expect(new Map(results)).toEqual(digests);
  expect(runs.map((ofKey) => ofKey.length)).toEqual(keys.map(() => 1));
  expect(stage.poller.restarts).toBeGreaterThan(0);
  const { queueUrl, dlqUrl } = stage.stack.urls;
  await eventually(async () => (await messagesIn(stage.clients.sqs, queueUrl)) === 0, {
    what: 'an empty queue',
    timeoutMs: 80_000,
  });
  expect(await messagesIn(stage.clients.sqs, dlqUrl)).toBe(0);
});
