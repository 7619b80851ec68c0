import { CancelledFailure } from '@temporalio/common';
import { ActivityCancellationDetails } from '@temporalio/common';
import { describe, expect, test } from 'vitest';
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
  type Attempt,
} from './activity-bench.js';

const SIZE = 4 * CHUNK;

const WORKER_SHUTDOWN = { type: 'WorkerShutdown', nonRetryable: false, category: 'BENIGN' };

type Stop = (attempt: Attempt) => void;

/** Hashes an object, and stops the attempt when the reader comes to `position`. */
async function stoppedAt(position: number, stop: Stop, bench = createBench()) {
  const object = bench.put(SIZE);
  const attempt = createAttempt();
  bench.s3.onPiece = (_, at) => {
    if (at === position) stop(attempt);
  };
  const failure = await failureOf(bench.hashRange(wholeOf(object), attempt));
  bench.s3.onPiece = () => undefined;
  return { bench, object, failure, attempt, last: attempt.heartbeats.at(-1)! };
}

describe('a worker that shuts down', () => {
  test('hashes its chunk to the end, then hands the midstate on with a failure that is no alarm', async () => {
    const { bench, failure, last, object } = await stoppedAt(CHUNK + PIECE, shutDown);

    expect(failure).toMatchObject(WORKER_SHUTDOWN);
    expect((failure as { nextRetryDelay?: unknown }).nextRetryDelay).toBe(50);
    expect(bench.rangesRead()).toEqual([`0-${CHUNK}`, `${CHUNK}-${2 * CHUNK}`]);
    expect(last).toMatchObject({
      checkpoint: { object, bytesHashed: 2 * CHUNK },
      bytesRead: 2 * CHUNK,
      handedOn: true,
    });
  });

  test('costs no byte: the next attempt goes on where it stopped', async () => {
    const { bench, object, last } = await stoppedAt(CHUNK + PIECE, shutDown);
    bench.s3.reads.length = 0;

    const { digests, stats } = await bench.hashRange(wholeOf(object), createAttempt(2, last));

    expect(bench.rangesRead()).toEqual([`${2 * CHUNK}-${3 * CHUNK}`, `${3 * CHUNK}-${SIZE}`]);
    expect(digests).toEqual({ sha1: await oneShot('sha1', testBytes(SIZE)) });
    expect(stats).toEqual({ bytesRead: SIZE, bytesReadTwice: 0, attempts: 2, lostAttempts: 0 });
    expect(bench.bytesMetered()).toBe(SIZE);
  });

  test('finishes instead when the chunk under way is the last', async () => {
    const bench = createBench();
    const object = bench.put(SIZE);
    const attempt = createAttempt();
    bench.s3.onPiece = (_, at) => {
      if (at === SIZE - PIECE) shutDown(attempt);
    };

    const { digests } = await bench.hashRange(wholeOf(object), attempt);

    expect(digests).toEqual({ sha1: await oneShot('sha1', testBytes(SIZE)) });
  });

  test('waits for a stalled chunk no longer than the hand-over time, then hands on what it has', async () => {
    const bench = createBench({ handOverMs: 30 });
    const object = bench.put(SIZE);
    const attempt = createAttempt();
    bench.s3.onPiece = (_, at) => {
      if (at < CHUNK + 3 * PIECE) return;
      shutDown(attempt);
      return new Promise(() => undefined);
    };

    const failure = await failureOf(bench.hashRange(wholeOf(object), attempt));

    expect(failure).toMatchObject(WORKER_SHUTDOWN);
    expect(attempt.heartbeats.at(-1)).toMatchObject({
      checkpoint: { bytesHashed: CHUNK + 3 * PIECE },
      bytesRead: CHUNK + 3 * PIECE,
      handedOn: true,
    });
  });

  test('before the first chunk hands on at once, having read nothing', async () => {
    const bench = createBench();
    const attempt = createAttempt();
    shutDown(attempt);

    const failure = await failureOf(bench.hashRange(wholeOf(bench.put(SIZE)), attempt));

    expect(failure).toMatchObject(WORKER_SHUTDOWN);
    expect(bench.rangesRead()).toEqual([]);
    expect(attempt.heartbeats.at(-1)).toMatchObject({ checkpoint: { bytesHashed: 0 }, handedOn: true });
  });
});

test('a paused activity hands its midstate on in the same way', async () => {
  const { failure, last } = await stoppedAt(PIECE, ({ environment }) => {
    environment.cancel('PAUSED', new ActivityCancellationDetails({ paused: true }));
  });

  expect(failure).toMatchObject(WORKER_SHUTDOWN);
  expect(last).toMatchObject({ checkpoint: { bytesHashed: CHUNK }, handedOn: true });
});

describe('an activity that is stopped for good', () => {
  test.each([
    ['CANCELLED', { cancelRequested: true }],
    ['TIMED_OUT', { timedOut: true }],
    ['NOT_FOUND', { notFound: true }],
    ['RESET', { reset: true }],
  ] as const)('(%s) ends at once, in mid-chunk', async (reason, details) => {
    const { bench, failure, last } = await stoppedAt(CHUNK + PIECE, ({ environment }) => {
      environment.cancel(reason, new ActivityCancellationDetails(details));
    });

    expect(failure).toBeInstanceOf(CancelledFailure);
    expect((failure as Error).message).toBe(reason);
    expect(bench.bytesMetered()).toBe(CHUNK + PIECE);
    expect(last).toMatchObject({ checkpoint: { bytesHashed: CHUNK + PIECE }, handedOn: false });
  });

  test('ends at once even when no byte arrives', async () => {
    const bench = createBench();
    const attempt = createAttempt();
    bench.s3.onPiece = () => {
      attempt.environment.cancel();
      return new Promise(() => undefined);
    };

    const failure = await failureOf(bench.hashRange(wholeOf(bench.put(SIZE)), attempt));

    expect(failure).toBeInstanceOf(CancelledFailure);
  });
});
