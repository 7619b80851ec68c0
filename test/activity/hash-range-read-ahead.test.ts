import { describe, expect, test } from 'vitest';
import { BufferPool } from '../../src/storage/read-ahead/buffer-pool.js';
import { oneShot } from '../unit/hashing-engines.js';
import {
  CHUNK,
  createAttempt,
  createBench,
  failureOf,
  PIECE,
  shutDown,
  testBytes,
  wholeOf,
} from './activity-bench.js';

const SIZE = 8 * CHUNK;
const BUFFERS = 3;

function createAheadBench(handOverMs?: number) {
  const readAhead = { connections: BUFFERS + 1, pool: new BufferPool(CHUNK, BUFFERS * CHUNK) };
  return createBench({ readAhead, ...(handOverMs === undefined ? {} : { handOverMs }) });
}

describe('hashing a range while reading ahead', () => {
  test('gives the same digest, and counts each byte once', async () => {
    const bench = createAheadBench();

    const { digests, stats } = await bench.hashRange(wholeOf(bench.put(SIZE)));

    expect(digests).toEqual({ sha1: await oneShot('sha1', testBytes(SIZE)) });
    expect(stats).toEqual({ bytesRead: SIZE, bytesReadTwice: 0, attempts: 1, lostAttempts: 0 });
    expect(bench.bytesMetered()).toBe(SIZE);
  });

  test('hands on, at a shutdown, all that it has read: nothing is read twice', async () => {
    const bench = createAheadBench();
    const object = bench.put(SIZE);
    const attempt = createAttempt();
    bench.s3.onPiece = (_, position) => {
      if (position === CHUNK + PIECE) shutDown(attempt);
    };

    const failure = await failureOf(bench.hashRange(wholeOf(object), attempt));
    const last = attempt.heartbeats.at(-1)!;

    expect(failure).toMatchObject({ type: 'WorkerShutdown' });
    expect(last.handedOn).toBe(true);
    expect(last.checkpoint.bytesHashed).toBe(bench.bytesMetered());
    expect(last.checkpoint.bytesHashed).toBeLessThan(SIZE);
    bench.s3.onPiece = () => undefined;
    const { digests, stats } = await bench.hashRange(wholeOf(object), createAttempt(2, last));
    expect(digests).toEqual({ sha1: await oneShot('sha1', testBytes(SIZE)) });
    expect(stats).toEqual({ bytesRead: SIZE, bytesReadTwice: 0, attempts: 2, lostAttempts: 0 });
    expect(bench.bytesMetered()).toBe(SIZE);
  });

  test('owns up to what it had read ahead when the hand-over time runs out: at most its buffers', async () => {
    const bench = createAheadBench(30);
    const object = bench.put(SIZE);
    const attempt = createAttempt();
    bench.s3.onPiece = ({ startByte }, position) => {
      if (startByte > 0 || position === 0) return;
      shutDown(attempt);
      return new Promise(() => undefined);
    };

    await failureOf(bench.hashRange(wholeOf(object), attempt));
    const last = attempt.heartbeats.at(-1)!;
    const lost = bench.bytesMetered() - last.checkpoint.bytesHashed;

    expect(last.checkpoint.bytesHashed).toBe(PIECE);
    expect(last.bytesRead).toBe(bench.bytesMetered());
    expect(lost).toBeGreaterThan(0);
    expect(lost).toBeLessThanOrEqual(BUFFERS * CHUNK);
    bench.s3.onPiece = () => undefined;
    const { stats } = await bench.hashRange(wholeOf(object), createAttempt(2, last));
    expect(stats.bytesReadTwice).toBe(lost);
    expect(bench.bytesMetered()).toBe(SIZE + lost);
  });
});
