import type { ApplicationFailure } from '@temporalio/common';
import { describe, expect, test } from 'vitest';
import type { HashRangeInput, HashRangeProgress } from '../../activities/index.js';
import { MidstateError } from '../../src/core/failures.js';
import { oneShot } from '../unit/hashing-engines.js';
import {
  CHUNK,
  createAttempt,
  createBench,
  failureOf,
  runActivity,
  testBytes,
  wholeOf,
  type Attempt,
} from './activity-bench.js';

const SIZE = 4 * CHUNK;

/** What a killed worker left: a chunk hashed, and no last word. */
async function progressAtChunk(
  input: HashRangeInput,
  bench: ReturnType<typeof createBench>,
): Promise<HashRangeProgress> {
  const { bytesHashed, midstates } = await bench.hashRange({ ...input, endByteExclusive: CHUNK });
  bench.s3.reads.length = 0;
  return {
    checkpoint: { object: input.object, bytesHashed, midstates },
    bytesRead: CHUNK,
    lostAttempts: 0,
    attempt: 1,
    handedOn: false,
  };
}

describe('a range that workers died of', () => {
  test('goes back to the workflow with its checkpoint after as many as it allows', async () => {
    const bench = createBench();
    const input = { ...wholeOf(bench.put(SIZE)), worker: { giveUpAfterLost: 2 } };
    const progress = await progressAtChunk(input, bench);

    const failure = await failureOf(bench.hashRange(input, createAttempt(3, progress)));

    expect(failure).toMatchObject({
      type: 'WorkerLost',
      nonRetryable: true,
      details: [progress.checkpoint, { bytesRead: CHUNK, lostAttempts: 2, attempt: 3 }],
    });
    expect(bench.rangesRead()).toEqual([]);
  });

  test('goes back with the checkpoint of a part, where it is hashed by itself', async () => {
    const bench = createBench();
    const whole = wholeOf(bench.put(SIZE), ['crc32']);
    const input = { ...whole, startByte: CHUNK, originByte: CHUNK, worker: { giveUpAfterLost: 2 } };

    const failure = await failureOf(bench.hashRange(input, createAttempt(3)));
    const [checkpoint, left] = (failure as ApplicationFailure).details as [unknown, HashRangeProgress];
    const progress = { ...left, attempt: 0 };
    const { partDigests } = await bench.hashRange({ ...input, progress });

    expect(checkpoint).toEqual({
      object: input.object,
      bytesHashed: CHUNK,
      midstates: [],
      originByte: CHUNK,
    });
    expect(partDigests).toEqual({ crc32: await oneShot('crc32', testBytes(SIZE).subarray(CHUNK)) });
  });

  test('is tried again before, and for ever where nothing is allowed', async () => {
    const bench = createBench();
    const input = wholeOf(bench.put(SIZE));
    const progress = await progressAtChunk(input, bench);

    const second = bench.hashRange({ ...input, worker: { giveUpAfterLost: 2 } }, createAttempt(2, progress));
    const tenth = bench.hashRange(input, createAttempt(10, progress));

    expect((await second).stats.lostAttempts).toBe(1);
    expect((await tenth).stats.lostAttempts).toBe(9);
  });

  test('goes on in another class from where it was left, with a new account of deaths', async () => {
    const bench = createBench();
    const input = { ...wholeOf(bench.put(SIZE)), worker: { giveUpAfterLost: 2 } };
    const left = await progressAtChunk(input, bench);
    const progress = { ...left, lostAttempts: 2, attempt: 0, handedOn: true };

    const { digests, stats } = await bench.hashRange({ ...input, progress });
    const ranges = bench.rangesRead();
    const lostTwiceMore = await failureOf(bench.hashRange({ ...input, progress }, createAttempt(3)));

    expect(digests).toEqual({ sha1: await oneShot('sha1', testBytes(SIZE)) });
    expect(ranges[0]).toBe(`${CHUNK}-${2 * CHUNK}`);
    expect(stats).toEqual({ bytesRead: SIZE, bytesReadTwice: 0, attempts: 1, lostAttempts: 2 });
    expect(lostTwiceMore).toMatchObject({ type: 'WorkerLost', details: [{}, { lostAttempts: 4 }] });
  });

  test('starts over when what another class left cannot be used', async () => {
    const bench = createBench();
    const input = wholeOf(bench.put(SIZE));
    const left = await progressAtChunk(input, bench);
    const other = { ...left.checkpoint, object: { ...input.object, etag: 'another' } };

    const { digests } = await bench.hashRange({ ...input, progress: { ...left, checkpoint: other } });

    expect(bench.rangesRead()[0]).toBe(`0-${CHUNK}`);
    expect(digests).toEqual({ sha1: await oneShot('sha1', testBytes(SIZE)) });
  });
});

describe('an outage of S3', () => {
  const small = (bench: ReturnType<typeof createBench>, attempt?: Attempt) =>
    runActivity(
      bench.activities.hashSmallObject,
      {
        object: { bucket: 'plain', key: 'object' },
        algorithms: ['sha1'],
        publish: { tags: true },
        worker: { giveUpAfterLost: 2 },
      } as const,
      attempt,
    );

  test.each(['describe', 'writeTags'] as const)(
    'in %s is no death of a worker, however long it lasts',
    async (operation) => {
      const bench = createBench();
      bench.put(CHUNK);
      let details: unknown;
      for (let number = 1; number <= 4; number++) {
        bench.s3.beforeNext(operation, () => {
          throw new MidstateError('StoreUnavailable', '503');
        });
        const attempt = createAttempt(number, details);
        await expect(small(bench, attempt)).rejects.toMatchObject({ type: 'StoreUnavailable' });
        details = attempt.heartbeats.at(-1);
      }

      const { stats } = await small(bench, createAttempt(5, details));

      expect(stats).toMatchObject({ attempts: 5, lostAttempts: 0 });
    },
  );

  test('between the deaths of workers does not hide them', async () => {
    const bench = createBench();
    bench.put(CHUNK);
    bench.s3.beforeNext('describe', () => {
      throw new MidstateError('StoreUnavailable', '503');
    });
    const second = createAttempt(2);
    await failureOf(small(bench, second));

    const fourth = await failureOf(small(bench, createAttempt(4, second.heartbeats.at(-1))));

    expect(fourth).toMatchObject({ type: 'WorkerLost' });
  });
});

describe('a worker whose memory is full', () => {
  test('hands work back to the queue untouched, and what was read before with it', async () => {
    let isFull = false;
    const bench = createBench({ isFull: () => isFull });
    const input = wholeOf(bench.put(SIZE));
    const progress = await progressAtChunk(input, bench);
    isFull = true;
    const attempt = createAttempt(2, progress);

    const failure = await failureOf(bench.hashRange(input, attempt));

    expect(failure).toMatchObject({
      type: 'WorkerFull',
      nonRetryable: false,
      category: 'BENIGN',
      nextRetryDelay: 1_000,
    });
    expect(bench.rangesRead()).toEqual([]);
    expect(attempt.heartbeats).toEqual([{ ...progress, lostAttempts: 1, attempt: 2, handedOn: true }]);
  });
});

describe('a worker with another table of classes than the workflow', () => {
  test('warns once, and hashes all the same', async () => {
    const bench = createBench({ memoryClass: '512 MB, slots 8' });
    const input = { ...wholeOf(bench.put(SIZE)), worker: { memoryClass: '512 MB, slots 16' } };

    const attempts = [createAttempt(), createAttempt(), createAttempt()] as const;
    await bench.hashRange(input, attempts[0]);
    await bench.hashRange(input, attempts[1]);
    await bench.hashRange({ ...input, worker: { memoryClass: '512 MB, slots 8' } }, attempts[2]);

    expect(attempts.flatMap(({ warnings }) => warnings)).toEqual([
      expect.objectContaining({
        message: expect.stringMatching(/run the same version of midstate everywhere$/) as string,
        expected: '512 MB, slots 16',
        actual: '512 MB, slots 8',
      }),
    ]);
  });
});
