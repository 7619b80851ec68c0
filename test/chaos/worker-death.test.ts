import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { HashObjectResult } from '../../src/core/contracts.js';
import { DEFAULT_LOSS_BOUND_SECONDS, heartbeatTiming } from '../../src/core/loss-bound.js';
import { killProcess } from '../../src/demo/kill-worker.js';
import type { ReadSamples } from '../../src/demo/read-samples.js';
import { startHashObject } from '../../src/temporal/start-hash-object.js';
import { eventually } from '../setup/eventually.js';
import { PipelineStage, strike } from '../setup/pipeline-stage.js';
import { SlowNetwork } from '../setup/slow-network.js';
import { ensureBucket, freshBytes, opensslDigest, putObject } from '../setup/stack-clients.js';
import { theStack } from '../setup/the-stack.js';

/** Nobody announces the uploads to it: a test starts the job. */
const BUCKET = 'worker-death';
const SIZE = 200_000_000;
const BYTES_PER_SECOND = 30_000_000;

let network: SlowNetwork;
let stage: PipelineStage;
let reads: ReadSamples;

beforeAll(async () => {
  network = await SlowNetwork.open(theStack().urls.s3, BYTES_PER_SECOND);
  stage = await PipelineStage.open({ AWS_ENDPOINT_URL_S3: network.url });
  reads = stage.readsOf(512);
  await ensureBucket(stage.clients.s3, BUCKET);
});

afterAll(async () => {
  reads.dispose();
  await stage.close();
  await network.close();
});

interface HalfRead {
  readonly sha1: string;
  readonly workflowId: string;
  /** What its workers have read of the object so far, those before a restart included. */
  readonly bytesRead: () => number;
}

/** Starts the job of an object of one range, and waits until its worker has read half of it. */
async function startAndReadHalf(lossBoundSeconds: number): Promise<HalfRead> {
  const body = freshBytes(SIZE);
  const object = await putObject(stage.clients.s3, BUCKET, randomUUID(), body);
  const before = reads.total();
  const { taskQueuePrefix } = stage;
  const { workflowId } = await startHashObject(stage.clients.temporal, {
    object,
    algorithms: ['sha1'],
    source: { kind: 'submit' },
    policy: { taskQueuePrefix, lossBoundSeconds },
  });
  const bytesRead = () => reads.total() - before;
  await eventually(() => bytesRead() > SIZE / 2, { what: 'half of the object read', intervalMs: 5 });
  return { sha1: opensslDigest('sha1', body), workflowId, bytesRead };
}

async function resultOf({ workflowId }: HalfRead): Promise<HashObjectResult> {
  return (await stage.clients.temporal.workflow.getHandle(workflowId).result()) as HashObjectResult;
}

describe('the hash worker of an object', () => {
  test('killed in the middle: the next one goes on from the last heartbeat, and reads no more than the loss bound twice', async () => {
    const job = await startAndReadHalf(DEFAULT_LOSS_BOUND_SECONDS);

    await killProcess(stage.hashWorker(512), () => undefined);
    const allowed = reads.bytesInLast(DEFAULT_LOSS_BOUND_SECONDS);
    const { digests, stats } = await resultOf(job);

    const readTwice = job.bytesRead() - SIZE;
    expect(digests).toEqual({ sha1: job.sha1 });
    expect(stats).toMatchObject({ attempts: 2, lostAttempts: 1, ranges: 1 });
    expect(readTwice).toBeGreaterThanOrEqual(0);
    expect(readTwice).toBeLessThanOrEqual(allowed);
    expect(allowed).toBeLessThan(SIZE / 2);
  });

  test('told to stop in the middle: the next one goes on at once, and not a byte is read twice', async () => {
    const lossBoundSeconds = 30;
    const job = await startAndReadHalf(lossBoundSeconds);
    const stoppedAt = Date.now();

    await strike(stage.hashWorker(512), 'SIGTERM');
    const { digests, stats } = await resultOf(job);

    expect(digests).toEqual({ sha1: job.sha1 });
    expect(stats).toMatchObject({ bytesRead: SIZE, bytesReadTwice: 0, lostAttempts: 0, attempts: 2 });
    expect(job.bytesRead()).toBe(SIZE);
    // Had the server had to find out by itself, this time would have passed before the next attempt.
    expect(Date.now() - stoppedAt).toBeLessThan(heartbeatTiming(lossBoundSeconds).heartbeatTimeoutMs);
  });
});
