import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { HashObjectResult } from '../../src/core/contracts.js';
import { DEFAULT_LOSS_BOUND_SECONDS } from '../../src/core/loss-bound.js';
import { killProcess } from '../../src/demo/kill-worker.js';
import type { ReadSamples } from '../../src/demo/read-samples.js';
import { startHashObject } from '../../src/temporal/start-hash-object.js';
import { eventually } from '../setup/eventually.js';
import { PipelineStage } from '../setup/pipeline-stage.js';
import { SlowNetwork } from '../setup/slow-network.js';
import { ensureBucket, freshBytes, putObject } from '../setup/stack-clients.js';
import { oneShot } from '../unit/hashing-engines.js';
import { theStack } from '../setup/the-stack.js';

/** Nobody announces the uploads to it: a test starts the job. */
const BUCKET = 'parallel-ranges';
const RANGES = 4;
const RANGE_BYTES = 40_000_000;
const SIZE = RANGES * RANGE_BYTES;
/** Half of the object takes 4 s: more than may be lost, the wait for a report of what was hashed included. */
const BYTES_PER_SECOND = 20_000_000;

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

describe('the hash worker of several ranges at once', () => {
  test('killed in the middle of all of them: each goes on from its last heartbeat, to the right digest', async () => {
    const body = freshBytes(SIZE);
    const object = await putObject(stage.clients.s3, BUCKET, randomUUID(), body);
    const before = reads.total();
    const { workflowId } = await startHashObject(stage.clients.temporal, {
      object,
      algorithms: ['crc64nvme'],
      source: { kind: 'submit' },
      policy: { taskQueuePrefix: stage.taskQueuePrefix, rangeSizeBytes: RANGE_BYTES, parallelRanges: RANGES },
    });
    await eventually(() => reads.total() - before > SIZE / 2, {
      what: 'half of the object read',
      intervalMs: 5,
    });

    await killProcess(stage.hashWorker(512), () => undefined);
    const allowed = reads.bytesInLast(DEFAULT_LOSS_BOUND_SECONDS);
    const job = stage.clients.temporal.workflow.getHandle(workflowId);
    const { digests, proof, stats } = (await job.result()) as HashObjectResult;

    const readTwice = reads.total() - before - SIZE;
    expect(digests).toEqual({ crc64nvme: await oneShot('crc64nvme', body) });
    expect(proof.kind).toBe('stored-checksum');
    expect(stats).toMatchObject({ attempts: 2 * RANGES, lostAttempts: RANGES, ranges: RANGES });
    expect(readTwice).toBeGreaterThanOrEqual(0);
    expect(readTwice).toBeLessThanOrEqual(allowed);
    expect(allowed).toBeLessThan(SIZE / 2);
  });
});
