import { describe, expect, test } from 'vitest';
import type { HashRangeInput, HashRangeProgress } from '../../activities/index.js';
import { MidstateError } from '../../src/core/failures.js';
import { oneShot } from '../unit/hashing-engines.js';
import { CHUNK, createAttempt, createBench, failureOf, PIECE, testBytes, wholeOf } from './activity-bench.js';

const SIZE = 4 * CHUNK + 9;

/** A bench with an object, and the progress of an attempt that failed at `position` and could say so. */
async function failedAt(position: number, input: Partial<HashRangeInput> = {}) {
  const bench = createBench();
  const object = bench.put(SIZE);
  const whole = { ...wholeOf(object), ...input };
  const attempt = createAttempt();
  bench.s3.onPiece = (_, at) => {
    if (at === position) throw new MidstateError('StoreUnavailable', 'connection lost');
  };
  const failure = await failureOf(bench.hashRange(whole, attempt));
  bench.s3.onPiece = () => undefined;
  bench.s3.reads.length = 0;
  return { bench, object, input: whole, failure, progress: attempt.heartbeats.at(-1)! };
}

describe('a second attempt of hashRange', () => {
  test('goes on from the checkpoint of the first and reads nothing twice', async () => {
    const { bench, input, progress } = await failedAt(2 * CHUNK + 3 * PIECE);

    const result = await bench.hashRange(input, createAttempt(2, progress));

    const resumed = 2 * CHUNK + 3 * PIECE;
    expect(bench.rangesRead()).toEqual([`${resumed}-${resumed + CHUNK}`, `${resumed + CHUNK}-${SIZE}`]);
    expect(result.digests).toEqual({ sha1: await oneShot('sha1', testBytes(SIZE)) });
    expect(result.stats).toEqual({ bytesRead: SIZE, bytesReadTwice: 0, attempts: 2, lostAttempts: 0 });
    expect(bench.bytesMetered()).toBe(SIZE);
  });

  test('reads again only the tail that holds no midstate', async () => {
    const { bench, input, progress } = await failedAt(PIECE, { algorithms: ['sha1'] });
    const torn = { ...progress, bytesRead: PIECE + 100 };

    const { stats } = await bench.hashRange(input, createAttempt(2, torn));

    expect(bench.rangesRead()[0]).toBe(`${PIECE}-${PIECE + CHUNK}`);
    expect(stats).toMatchObject({ bytesRead: SIZE + 100, bytesReadTwice: 100 });
  });

  test('starts over when the first was killed before it could say anything', async () => {
    const bench = createBench();
    const input = wholeOf(bench.put(SIZE));

    const { stats } = await bench.hashRange(input, createAttempt(2));

    expect(bench.rangesRead()[0]).toBe(`0-${CHUNK}`);
    expect(stats).toEqual({ bytesRead: SIZE, bytesReadTwice: 0, attempts: 2, lostAttempts: 1 });
  });

  test('counts an attempt that was killed between two heartbeats as lost', async () => {
    const { bench, input, progress } = await failedAt(2 * CHUNK);

    const { stats } = await bench.hashRange(input, createAttempt(2, { ...progress, handedOn: false }));

    expect(stats.lostAttempts).toBe(1);
  });

  test('adds up what all earlier attempts read and lost', async () => {
    const { bench, input, progress } = await failedAt(2 * CHUNK);
    const earlier = { ...progress, bytesRead: 5 * CHUNK, lostAttempts: 2, attempt: 5, handedOn: false };

    const { stats } = await bench.hashRange(input, createAttempt(7, earlier));

    expect(stats).toEqual({
      bytesRead: 5 * CHUNK + (SIZE - 2 * CHUNK),
      bytesReadTwice: 3 * CHUNK,
      attempts: 7,
      lostAttempts: 4,
    });
  });

  test('counts each attempt lost before its first heartbeat, after one that was handed on', async () => {
    const { bench, input, progress } = await failedAt(2 * CHUNK);

    const { stats } = await bench.hashRange(
      input,
      createAttempt(4, { ...progress, attempt: 1, handedOn: true }),
    );

    expect(stats.lostAttempts).toBe(2);
  });

  test('finishes at once when the first had reached the end of its range', async () => {
    const bench = createBench();
    const object = bench.put(SIZE);
    const input = { ...wholeOf(object), endByteExclusive: 2 * CHUNK };
    const { midstates } = await bench.hashRange(input);
    const progress: HashRangeProgress = {
      checkpoint: { object, bytesHashed: 2 * CHUNK, midstates },
      bytesRead: 2 * CHUNK,
      lostAttempts: 0,
      attempt: 1,
      handedOn: true,
    };
    bench.s3.reads.length = 0;

    const result = await bench.hashRange(input, createAttempt(2, progress));

    expect(bench.rangesRead()).toEqual([]);
    expect(result).toMatchObject({ bytesHashed: 2 * CHUNK, midstates });
  });
});

describe('a checkpoint is ignored, and the range starts over, when it', () => {
  type Spoil = (progress: HashRangeProgress) => unknown;
  const withCheckpoint =
    (change: (checkpoint: HashRangeProgress['checkpoint']) => object): Spoil =>
    (progress) => ({ ...progress, checkpoint: { ...progress.checkpoint, ...change(progress.checkpoint) } });
  const ofObject = (change: object) => withCheckpoint(({ object }) => ({ object: { ...object, ...change } }));

  const spoiled: readonly (readonly [string, Spoil])[] = [
    ['is of another ETag', ofObject({ etag: 'other' })],
    ['is of a version', ofObject({ versionId: 'v1' })],
    ['is of another size', ofObject({ sizeBytes: SIZE + 1 })],
    ['is of another key', ofObject({ key: 'other' })],
    ['is of another bucket', ofObject({ bucket: 'other' })],
    ['lies behind the range', withCheckpoint(() => ({ bytesHashed: SIZE + CHUNK }))],
    ['lies before the range', withCheckpoint(() => ({ bytesHashed: 0 }))],
    ['names another position than its midstates', withCheckpoint(() => ({ bytesHashed: 3 * CHUNK }))],
    ['has no position', withCheckpoint(() => ({ bytesHashed: undefined }))],
    ['has a fraction of a position', withCheckpoint(() => ({ bytesHashed: 2.5 * CHUNK + 0.5 }))],
    ['has no midstates', withCheckpoint(() => ({ midstates: [] }))],
    ['has midstates that are no list', withCheckpoint(() => ({ midstates: 'none' }))],
    [
      'has a midstate of another algorithm',
      withCheckpoint(({ midstates }) => ({ midstates: midstates.map((m) => ({ ...m, algorithm: 'md5' })) })),
    ],
    [
      'has a midstate of a later format',
      withCheckpoint(({ midstates }) => ({ midstates: midstates.map((m) => ({ ...m, format: 2 })) })),
    ],
    [
      'has a midstate that is cut short',
      withCheckpoint(({ midstates }) => ({ midstates: midstates.map((m) => ({ ...m, state: 'AAAA' })) })),
    ],
    ['has no object', withCheckpoint(() => ({ object: null }))],
    ['is null', (progress) => ({ ...progress, checkpoint: null })],
    ['is missing', ({ checkpoint: _, ...rest }) => rest],
    ['comes without a count of bytes', (progress) => ({ ...progress, bytesRead: undefined })],
    ['comes with a count in words', (progress) => ({ ...progress, lostAttempts: '0' })],
    ['comes without its attempt', (progress) => ({ ...progress, attempt: undefined })],
    ['comes without its last word', (progress) => ({ ...progress, handedOn: undefined })],
    ['is text', () => 'checkpoint'],
    ['is a number', () => 17],
    ['is a list', () => [1, 2]],
  ];

  test.each(spoiled)('%s', async (_, spoil) => {
    const bench = createBench();
    const object = bench.put(SIZE);
    const { midstates } = await bench.hashRange({ ...wholeOf(object), endByteExclusive: CHUNK });
    const input = { ...wholeOf(object), startByte: CHUNK, midstates };
    const failing = createAttempt();
    bench.s3.beforeNext('read', () => undefined);
    bench.s3.onPiece = (_request, position) => {
      if (position === 2 * CHUNK) throw new MidstateError('StoreUnavailable', 'connection lost');
    };
    await failureOf(bench.hashRange(input, failing));
    bench.s3.onPiece = () => undefined;
    bench.s3.reads.length = 0;

    const result = await bench.hashRange(input, createAttempt(2, spoil(failing.heartbeats.at(-1)!)));

    expect(bench.rangesRead()[0]).toBe(`${CHUNK}-${2 * CHUNK}`);
    expect(result.digests).toEqual({ sha1: await oneShot('sha1', testBytes(SIZE)) });
  });
});
