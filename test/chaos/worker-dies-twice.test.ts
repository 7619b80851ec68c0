import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { HashObjectResult } from '../../src/core/contracts.js';
import { DEFAULT_LOSS_BOUND_SECONDS } from '../../src/core/loss-bound.js';
import { killProcess } from '../../src/demo/kill-worker.js';
import { startHashObject } from '../../src/temporal/start-hash-object.js';
import { eventually } from '../setup/eventually.js';
import { PipelineStage } from '../setup/pipeline-stage.js';
import { SlowNetwork } from '../setup/slow-network.js';
import { ensureBucket, freshBytes, opensslDigest, putObject } from '../setup/stack-clients.js';
import { theStack } from '../setup/the-stack.js';

/** Nobody announces the uploads to it: a test starts the job. */
const BUCKET = 'worker-dies-twice';
const SIZE = 240_000_000;
const BYTES_PER_SECOND = 30_000_000;

let network: SlowNetwork;
let stage: PipelineStage;

beforeAll(async () => {
  network = await SlowNetwork.open(theStack().urls.s3, BYTES_PER_SECOND);
  stage = await PipelineStage.open({ AWS_ENDPOINT_URL_S3: network.url });
  await ensureBucket(stage.clients.s3, BUCKET);
});

afterAll(async () => {
  await stage.close();
  await network.close();
});

test('an object whose worker is killed twice is finished one class up, from the midstate, within twice the loss bound', async () => {
  const body = freshBytes(SIZE);
  const object = await putObject(stage.clients.s3, BUCKET, randomUUID(), body);
  const [small, large] = [stage.readsOf(256), stage.readsOf(512)];
  const { taskQueuePrefix } = stage;
  const { workflowId } = await startHashObject(stage.clients.temporal, {
    object,
    algorithms: ['sha1'],
    source: { kind: 'submit' },
    policy: { taskQueuePrefix, memoryClassMB: 256 },
  });

  let allowed = 0;
  for (const share of [0.3, 0.6]) {
    await eventually(() => small.total() > share * SIZE, {
      what: `${String(share)} of the object read`,
      intervalMs: 5,
    });
    await killProcess(stage.hashWorker(256), () => undefined);
    allowed += small.bytesInLast(DEFAULT_LOSS_BOUND_SECONDS);
  }
  const handle = stage.clients.temporal.workflow.getHandle(workflowId);
  const { digests, stats } = (await handle.result()) as HashObjectResult;

  const readTwice = small.total() + large.total() - SIZE;
  small.dispose();
  large.dispose();
  expect(digests).toEqual({ sha1: opensslDigest('sha1', body) });
  expect(stats).toMatchObject({ memoryClassMB: 512, lostAttempts: 2, attempts: 4, ranges: 1 });
  expect(large.total()).toBeGreaterThan(0);
  expect(readTwice).toBeLessThanOrEqual(allowed);
});
