import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DEFAULT_LOSS_BOUND_SECONDS } from '../../src/core/loss-bound.js';
import { killProcess } from '../../src/demo/kill-worker.js';
import type { ReadSamples } from '../../src/demo/read-samples.js';
import { ChaosStage, strike } from '../setup/chaos-stage.js';
import { eventually } from '../setup/eventually.js';
import { freshBytes, opensslDigest, putObject } from '../setup/stack-clients.js';

const SIZE = 200_000_000;
const BYTES_PER_SECOND = 30_000_000;

let stage: ChaosStage;

beforeAll(async () => {
  stage = await ChaosStage.open(BYTES_PER_SECOND);
});

afterAll(() => stage.close());

/** Uploads an object and waits until its worker has read half of it. */
async function halfRead(
  name: string,
): Promise<{ key: string; sha1: string; reads: ReadSamples; before: number }> {
  const body = freshBytes(SIZE);
  const key = `${name}-${randomUUID()}`;
  const reads = stage.readsOf(512);
  const before = reads.total();
  await putObject(stage.clients.s3, stage.bucket, key, body);
  await eventually(() => reads.total() - before > SIZE / 2, {
    what: 'half of the object read',
    intervalMs: 5,
  });
  return { key, sha1: opensslDigest('sha1', body), reads, before };
}

test('after SIGKILL of its worker an object goes on from the last heartbeat, and reads no more than the loss bound twice', async () => {
  const { key, sha1, reads, before } = await halfRead('sigkill');

  await killProcess(stage.hashWorker(512), () => undefined);
  const allowed = reads.bytesInLast(DEFAULT_LOSS_BOUND_SECONDS);
  const { digests, stats } = await stage.resultOf(key);
  const readTwice = reads.total() - before - SIZE;
  reads.dispose();

  expect(digests).toEqual({ sha1 });
  expect(stats).toMatchObject({ attempts: 2, lostAttempts: 1, ranges: 1 });
  expect(readTwice).toBeGreaterThanOrEqual(0);
  expect(readTwice).toBeLessThanOrEqual(allowed);
  expect(allowed).toBeLessThan(SIZE / 2);
});

test('after SIGTERM of its worker an object goes on at once, and reads not a byte twice', async () => {
  const { key, sha1, reads, before } = await halfRead('sigterm');

  await strike(stage.hashWorker(512), 'SIGTERM');
  const { digests, stats } = await stage.resultOf(key);
  const read = reads.total() - before;
  reads.dispose();

  expect(digests).toEqual({ sha1 });
  expect(stats).toMatchObject({ bytesRead: SIZE, bytesReadTwice: 0, lostAttempts: 0, attempts: 2 });
  expect(read).toBe(SIZE);
});
