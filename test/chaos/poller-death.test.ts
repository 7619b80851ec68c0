import { randomInt, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../setup/eventually.js';
import { messagesIn } from '../setup/jobs.js';
import { PipelineStage, strike } from '../setup/pipeline-stage.js';
import { freshBytes, opensslDigest, putObject } from '../setup/stack-clients.js';
import { theStack } from '../setup/the-stack.js';

const OBJECTS = 200;
const KILLS = 4;

let stage: PipelineStage;

beforeAll(async () => {
  stage = await PipelineStage.open();
});

afterAll(() => stage.close());

/** Uploads, a few at a time; returns the digest that each key must get. */
async function uploadAll(folder: string): Promise<Map<string, string>> {
  const digests = new Map<string, string>();
  const pending = Array.from({ length: OBJECTS }, (_, index) => `${folder}/${String(index)}`);
  const upload = async () => {
    for (let key = pending.pop(); key !== undefined; key = pending.pop()) {
      const body = freshBytes(1_000);
      digests.set(key, opensslDigest('sha1', body));
      await putObject(stage.clients.s3, stage.bucket, key, body);
    }
  };
  await Promise.all([upload(), upload()]);
  return digests;
}

test('every upload is hashed exactly once although the poller is killed again and again at work', async () => {
  const folder = `poller-${randomUUID()}`;
  const query = `S3Bucket = "${stage.bucket}" AND S3Key STARTS_WITH "${folder}/"`;
  const { workflow } = stage.clients.temporal;
  const jobs = async () => (await workflow.count(query)).count;
  const killedAt: number[] = [];

  const uploading = uploadAll(folder);
  for (let kills = 0; kills < KILLS; kills++) {
    const threshold = (await jobs()) + randomInt(1, 15);
    await eventually(async () => (await jobs()) >= threshold, {
      what: `job ${String(threshold)}`,
      intervalMs: 5,
    });
    killedAt.push(await jobs());
    await strike(stage.poller, 'SIGKILL');
  }
  const digests = await uploading;
  await eventually(async () => (await jobs()) >= OBJECTS, { what: 'a job for each upload' });
  const results = new Map<string, string | undefined>();
  for (const key of digests.keys()) results.set(key, (await stage.resultOf(key)).digests.sha1);

  const { queueUrl, dlqUrl } = theStack().urls;
  await eventually(async () => (await messagesIn(stage.clients.sqs, queueUrl)) === 0, {
    what: 'an empty queue',
  });
  expect(results, `killed after jobs ${killedAt.join(', ')}`).toEqual(digests);
  expect(await jobs()).toBe(OBJECTS);
  expect(await messagesIn(stage.clients.sqs, dlqUrl)).toBe(0);
  expect(killedAt.at(-1), 'the last kill came before the work was done').toBeLessThan(OBJECTS);
});
