import { describe, expect, test } from 'vitest';
import type { HashPartsInput, HashPartsProgress } from '../../activities/index.js';
import { MidstateError } from '../../src/core/failures.js';
import { oneShot } from '../unit/hashing-engines.js';
import {
  CHUNK,
  createAttempt,
  createBench,
  failureOf,
  runActivity,
  shutDown,
  testBytes,
  type Attempt,
} from './activity-bench.js';

/** Not one of them is a multiple of a block. */
const SIZES = [CHUNK + 1, 2 * CHUNK + 77, 5, 0, CHUNK - 3];
const BEFORE = 1_000;
const TOTAL = SIZES.reduce((sum, size) => sum + size, 0);
const OBJECT_BYTES = BEFORE + TOTAL + 500;

type Bench = ReturnType<typeof createBench>;

function inputOf(bench: Bench, change: Partial<HashPartsInput> = {}): HashPartsInput {
  const wanted = { algorithm: 'md5', combined: ['crc64nvme'] } as const;
  return { object: bench.put(OBJECT_BYTES), startByte: BEFORE, partSizes: SIZES, ...wanted, ...change };
}

function run(bench: Bench, input: HashPartsInput, attempt?: Attempt) {
  return runActivity(bench.activities.hashParts, input, attempt);
}

function bytesOf(startByte: number, length: number): Uint8Array {
  return testBytes(OBJECT_BYTES).subarray(startByte, startByte + length);
}

async function expectedDigests(sizes: readonly number[] = SIZES): Promise<string> {
  let position = BEFORE;
  const digests: string[] = [];
  for (const size of sizes) {
    digests.push(await oneShot('md5', bytesOf(position, size)));
    position += size;
  }
  return digests.join('');
}

/** An attempt whose connection breaks at `position` of the object, and its last heartbeat. */
async function failAt(bench: Bench, input: HashPartsInput, position: number): Promise<HashPartsProgress> {
  const attempt = createAttempt();
  bench.s3.onPiece = (_, at) => {
    if (at >= position) throw new MidstateError('StoreUnavailable', 'connection lost');
  };
  await failureOf(run(bench, input, attempt));
  bench.s3.onPiece = () => undefined;
  bench.s3.reads.length = 0;
  return attempt.heartbeats.at(-1) as HashPartsProgress;
}

describe('hashParts', () => {
  test('digests each part from its own start, and their CRC as one piece, reading each byte once', async () => {
    const bench = createBench();

    const result = await run(bench, inputOf(bench));

    expect(result).toEqual({
      partDigests: await expectedDigests(),
      combined: { crc64nvme: await oneShot('crc64nvme', bytesOf(BEFORE, TOTAL)) },
      stats: { bytesRead: TOTAL, bytesReadTwice: 0, attempts: 1, lostAttempts: 0 },
    });
    expect(bench.bytesMetered()).toBe(TOTAL);
  });

  test('computes an algorithm that is wanted of the parts and of the whole only once', async () => {
    const bench = createBench();

    const { partDigests, combined } = await run(
      bench,
      inputOf(bench, { algorithm: 'crc32', combined: ['crc32', 'crc32c'], partSizes: [7, 9] }),
    );

    expect(partDigests).toBe(
      (await oneShot('crc32', bytesOf(BEFORE, 7))) + (await oneShot('crc32', bytesOf(BEFORE + 7, 9))),
    );
    expect(combined).toEqual({
      crc32: await oneShot('crc32', bytesOf(BEFORE, 16)),
      crc32c: await oneShot('crc32c', bytesOf(BEFORE, 16)),
    });
  });

  test('goes on in the middle of a part, after a fault', async () => {
    const bench = createBench();
    const input = inputOf(bench);
    const secondPart = BEFORE + CHUNK + 1;
    const progress = await failAt(bench, input, secondPart + CHUNK);

    const result = await run(bench, input, createAttempt(2, progress));

    expect(progress).toMatchObject({
      finished: { count: 1, partDigests: await expectedDigests([CHUNK + 1]) },
      checkpoint: { originByte: secondPart, bytesHashed: secondPart + CHUNK, midstates: [{}, {}] },
      handedOn: true,
    });
    expect(bench.rangesRead()[0]).toBe(`${secondPart + CHUNK}-${secondPart + 2 * CHUNK}`);
    expect(result).toMatchObject({
      partDigests: await expectedDigests(),
      combined: { crc64nvme: await oneShot('crc64nvme', bytesOf(BEFORE, TOTAL)) },
      stats: { bytesRead: TOTAL, bytesReadTwice: 0, attempts: 2, lostAttempts: 0 },
    });
  });

  test('hands on what it has when its worker stops, and the next attempt reads nothing twice', async () => {
    const bench = createBench();
    const input = inputOf(bench);
    const first = createAttempt();
    bench.s3.onPiece = (_, position) => {
      if (position === BEFORE) shutDown(first);
    };
    const failure = await failureOf(run(bench, input, first));
    bench.s3.onPiece = () => undefined;

    const result = await run(bench, input, createAttempt(2, first.heartbeats.at(-1)));

    expect(failure).toMatchObject({ type: 'WorkerShutdown', nonRetryable: false });
    expect(result.partDigests).toBe(await expectedDigests());
    expect(bench.bytesMetered()).toBe(TOTAL);
  });

  test('a heartbeat with the most parts there may be is far from the limit of a payload', async () => {
    const bench = createBench();
    const input = inputOf(bench, {
      algorithm: 'sha256',
      partSizes: Array.from({ length: 256 }, () => 100),
    });

    const progress = await failAt(bench, input, BEFORE + 255 * 100);

    expect(progress.finished.count).toBe(255);
    expect(JSON.stringify(progress).length).toBeLessThan(25_000);
  });

  test('is superseded when the object is no longer the same', async () => {
    const bench = createBench();
    const input = inputOf(bench);
    bench.s3.put('plain', 'object', 'other bytes');

    await expect(run(bench, input)).rejects.toMatchObject({ type: 'ObjectChanged', nonRetryable: true });
  });
});

describe('the progress of an earlier attempt is ignored, and the parts are hashed from their start, when it', () => {
  type Spoil = (progress: HashPartsProgress) => unknown;
  const finished =
    (change: object): Spoil =>
    (progress) => ({ ...progress, finished: { ...progress.finished, ...change } });

  test.each<readonly [string, Spoil]>([
    ['says nothing of finished parts', ({ finished: _, ...rest }) => rest],
    ['has more of them than there are', finished({ count: 5 })],
    ['has another number of them', finished({ count: 2 })],
    ['has a part of one', finished({ count: 0.5 })],
    ['has digests of another length', finished({ partDigests: 'ff' })],
    ['has no CRC', finished({ combined: {} })],
    ['has a CRC that is cut short', finished({ combined: { crc64nvme: '00' } })],
    [
      'is of another upload',
      (progress) => ({
        ...progress,
        checkpoint: { ...progress.checkpoint, object: { ...progress.checkpoint.object, etag: 'other' } },
      }),
    ],
    [
      'stands in another part',
      (progress) => ({ ...progress, checkpoint: { ...progress.checkpoint, originByte: BEFORE } }),
    ],
    ['is null', () => null],
    ['is text', () => 'progress'],
  ])('%s', async (_, spoil) => {
    const bench = createBench();
    const input = inputOf(bench);
    const progress = await failAt(bench, input, BEFORE + 2 * CHUNK);

    const result = await run(bench, input, createAttempt(2, spoil(progress)));

    expect(progress.finished.count).toBe(1);
    expect(bench.rangesRead()[0]).toBe(`${BEFORE}-${BEFORE + CHUNK}`);
    expect(result.partDigests).toBe(await expectedDigests());
  });

  test('a part whose midstates cannot be read costs that part alone', async () => {
    const bench = createBench();
    const input = inputOf(bench);
    const progress = await failAt(bench, input, BEFORE + 2 * CHUNK + 1);
    const { checkpoint } = progress;
    const midstates = checkpoint.midstates.map((midstate) => ({ ...midstate, state: 'AAAA' }));

    const result = await run(
      bench,
      input,
      createAttempt(2, { ...progress, checkpoint: { ...checkpoint, midstates } }),
    );

    expect(bench.rangesRead()[0]).toBe(`${BEFORE + CHUNK + 1}-${BEFORE + 2 * CHUNK + 1}`);
    expect(result.partDigests).toBe(await expectedDigests());
  });
});

describe('describeParts', () => {
  test('tells the parts as the store lists them', async () => {
    const bench = createBench();
    const object = bench.put(25, { partSizes: [10, 10, 5] });

    expect(await runActivity(bench.activities.describeParts, { object, parts: 3 })).toEqual({
      runs: [
        { count: 2, sizeBytes: 10 },
        { count: 1, sizeBytes: 5 },
      ],
    });
  });

  test('takes the size given where the store cannot tell, and says so where none was given', async () => {
    const bench = createBench();
    const object = bench.put(25);
    const describeParts = (partSizeBytes?: number) =>
      runActivity(bench.activities.describeParts, {
        object,
        parts: 3,
        ...(partSizeBytes === undefined ? {} : { partSizeBytes }),
      });

    expect(await describeParts(10)).toMatchObject({ runs: [{ count: 2 }, { count: 1, sizeBytes: 5 }] });
    expect(await describeParts()).toMatchObject({
      reason: expect.stringContaining('--part-size-bytes') as string,
    });
  });
});
