import { describe, expect, test } from 'vitest';
import type { HashRangeInput, HashRangeProgress } from '../../activities/index.js';
import { tryParseProgress } from '../../activities/hash-range-progress.js';
import type { Algorithm } from '../../src/core/algorithms.js';
import { MidstateError } from '../../src/core/failures.js';
import { oneShot } from '../unit/hashing-engines.js';
import { CHUNK, createAttempt, createBench, failureOf, testBytes } from './activity-bench.js';

const ALGORITHMS: readonly Algorithm[] = ['crc32', 'crc64nvme'];
const SIZE = 4 * CHUNK + 9;

type Bench = ReturnType<typeof createBench>;

/** The second and third chunk of an object, hashed by themselves. */
function partOf(bench: Bench, change: Partial<HashRangeInput> = {}): HashRangeInput {
  const range = { startByte: CHUNK, endByteExclusive: 3 * CHUNK, originByte: CHUNK };
  return { object: bench.put(SIZE), algorithms: ALGORITHMS, midstates: [], ...range, ...change };
}

async function digestsOf(startByte: number, end: number): Promise<Record<string, string>> {
  const bytes = testBytes(SIZE).subarray(startByte, end);
  const pairs = ALGORITHMS.map(async (algorithm) => [algorithm, await oneShot(algorithm, bytes)] as const);
  return Object.fromEntries(await Promise.all(pairs));
}

/** An attempt that fails at `position`, and its last heartbeat. */
async function failAt(bench: Bench, input: HashRangeInput, position: number): Promise<HashRangeProgress> {
  const attempt = createAttempt();
  bench.s3.onPiece = (_, at) => {
    if (at === position) throw new MidstateError('StoreUnavailable', 'connection lost');
  };
  await failureOf(bench.hashRange(input, attempt));
  bench.s3.onPiece = () => undefined;
  bench.s3.reads.length = 0;
  return attempt.heartbeats.at(-1)!;
}

describe('a part of an object', () => {
  test('has digests of its own bytes, and leaves no midstate that the whole could be hashed from', async () => {
    const bench = createBench();

    const result = await bench.hashRange(partOf(bench));

    expect(result).toEqual({
      bytesHashed: 3 * CHUNK,
      midstates: [],
      partDigests: await digestsOf(CHUNK, 3 * CHUNK),
      stats: { bytesRead: 2 * CHUNK, bytesReadTwice: 0, attempts: 1, lostAttempts: 0 },
    });
  });

  test("at the object's end has no digests of the object", async () => {
    const bench = createBench();
    const last = { startByte: 3 * CHUNK, originByte: 3 * CHUNK, endByteExclusive: SIZE };

    const { digests, partDigests } = await bench.hashRange(partOf(bench, last));

    expect(digests).toBeUndefined();
    expect(partDigests).toEqual(await digestsOf(3 * CHUNK, SIZE));
  });

  test('goes on from its checkpoint, whose midstates count from the origin', async () => {
    const bench = createBench();
    const input = partOf(bench);
    const progress = await failAt(bench, input, 2 * CHUNK);

    const result = await bench.hashRange(input, createAttempt(2, progress));

    expect(progress.checkpoint).toMatchObject({
      bytesHashed: 2 * CHUNK,
      originByte: CHUNK,
      midstates: [{ bytesHashed: CHUNK }, { bytesHashed: CHUNK }],
    });
    expect(bench.rangesRead()).toEqual([`${2 * CHUNK}-${3 * CHUNK}`]);
    expect(result.partDigests).toEqual(await digestsOf(CHUNK, 3 * CHUNK));
    expect(result.stats).toMatchObject({ bytesReadTwice: 0, attempts: 2, lostAttempts: 0 });
  });

  test('goes on from midstates that were given to it', async () => {
    const bench = createBench();
    const first = partOf(bench, { endByteExclusive: 2 * CHUNK });
    const progress = await failAt(bench, first, CHUNK + 51_200);
    const { bytesHashed, midstates } = progress.checkpoint;

    const result = await bench.hashRange(partOf(bench, { startByte: bytesHashed, midstates }));

    expect(bytesHashed).toBe(CHUNK + 51_200);
    expect(result.partDigests).toEqual(await digestsOf(CHUNK, 3 * CHUNK));
  });

  test('refuses midstates that count from another byte', async () => {
    const bench = createBench();
    const progress = await failAt(bench, partOf(bench), 2 * CHUNK);
    const { bytesHashed, midstates } = progress.checkpoint;

    for (const originByte of [undefined, 0, 2 * CHUNK]) {
      const { originByte: _, ...rest } = partOf(bench, { startByte: bytesHashed, midstates });
      const input = originByte === undefined ? rest : { ...rest, originByte };
      await expect(bench.hashRange(input)).rejects.toMatchObject({ type: 'MidstateIncompatible' });
    }
  });
});

describe('the two kinds of checkpoint are never taken for one another:', () => {
  test('a sequential one, in the same place, costs a part its start', async () => {
    const bench = createBench();
    const input = partOf(bench);
    const { originByte: _, ...sequential } = partOf(bench, { startByte: 0 });
    const progress = await failAt(bench, sequential, 2 * CHUNK);

    const result = await bench.hashRange(input, createAttempt(2, progress));

    expect(progress.checkpoint).not.toHaveProperty('originByte');
    expect(bench.rangesRead()[0]).toBe(`${CHUNK}-${2 * CHUNK}`);
    expect(result.partDigests).toEqual(await digestsOf(CHUNK, 3 * CHUNK));
  });

  test("a part's, in the same place, costs a sequential range its start", async () => {
    const bench = createBench();
    const progress = await failAt(bench, partOf(bench), 2 * CHUNK);
    const { originByte: _, ...sequential } = partOf(bench, { startByte: 0, endByteExclusive: SIZE });

    const result = await bench.hashRange(sequential, createAttempt(2, progress));

    expect(bench.rangesRead()[0]).toBe(`0-${CHUNK}`);
    expect(result.digests).toEqual(await digestsOf(0, SIZE));
  });

  test('one of a part with another origin costs a part its start', async () => {
    const bench = createBench();
    const progress = await failAt(bench, partOf(bench, { startByte: 0, originByte: 0 }), 2 * CHUNK);

    const result = await bench.hashRange(partOf(bench), createAttempt(2, progress));

    expect(bench.rangesRead()[0]).toBe(`${CHUNK}-${2 * CHUNK}`);
    expect(result.partDigests).toEqual(await digestsOf(CHUNK, 3 * CHUNK));
  });

  test('by their mark alone', async () => {
    const bench = createBench();
    const input = partOf(bench);
    const progress = await failAt(bench, input, 2 * CHUNK);
    const { originByte: _, ...sequential } = input;

    expect(tryParseProgress(progress, input)).toEqual(progress);
    expect(tryParseProgress(progress, sequential)).toBeUndefined();
    expect(tryParseProgress(progress, { ...input, originByte: 0 })).toBeUndefined();
  });

  test('even where the mark of the origin got lost on the way', async () => {
    const bench = createBench();
    const progress = await failAt(bench, partOf(bench), 2 * CHUNK);
    const { originByte: _, ...unmarked } = progress.checkpoint;
    const { originByte: __, ...sequential } = partOf(bench, { startByte: 0, endByteExclusive: SIZE });

    const result = await bench.hashRange(sequential, createAttempt(2, { ...progress, checkpoint: unmarked }));

    expect(result.digests).toEqual(await digestsOf(0, SIZE));
  });
});
