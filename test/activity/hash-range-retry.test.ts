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
  const withMidstates = (change: object) =>
    withCheckpoint(({ midstates }) => ({
      midstates: midstates.map((midstate) => ({ ...midstate, ...change })),
    }));

  const otherVersion = 'it is of another object version';
  const outside = /^its position, \d+, lies outside of the range$/;
  const malformed = 'it is not the progress of a range';

  const spoiled: readonly (readonly [string, string | RegExp, Spoil])[] = [
    ['is of another ETag', otherVersion, ofObject({ etag: 'other' })],
    ['is of a version', otherVersion, ofObject({ versionId: 'v1' })],
    ['is of another size', otherVersion, ofObject({ sizeBytes: SIZE + 1 })],
    ['is of another key', otherVersion, ofObject({ key: 'other' })],
    ['is of another bucket', otherVersion, ofObject({ bucket: 'other' })],
    ['lies behind the range', outside, withCheckpoint(() => ({ bytesHashed: SIZE + CHUNK }))],
    ['lies before the range', outside, withCheckpoint(() => ({ bytesHashed: 0 }))],
    [
      'names another position than its midstates',
      `its midstates are at ${2 * CHUNK}, and not ${3 * CHUNK}`,
      withCheckpoint(() => ({ bytesHashed: 3 * CHUNK })),
    ],
    ['has no position', malformed, withCheckpoint(() => ({ bytesHashed: undefined }))],
    ['has a fraction of a position', malformed, withCheckpoint(() => ({ bytesHashed: 2.5 * CHUNK + 0.5 }))],
    [
      'has no midstates',
      `its midstates are at 0, and not ${2 * CHUNK}`,
      withCheckpoint(() => ({ midstates: [] })),
    ],
    ['has midstates that are no list', malformed, withCheckpoint(() => ({ midstates: 'none' }))],
    [
      'has a midstate of another algorithm',
      /expected one each for sha1, got md5/,
      withMidstates({ algorithm: 'md5' }),
    ],
    ['has a midstate of a later format', /expected format 1, .*, got 2/, withMidstates({ format: 2 })],
    [
      'has a midstate that is cut short',
      /expected a state of 20 bytes, got 3/,
      withMidstates({ state: 'AAAA' }),
    ],
    ['has a midstate off the boundary', /a multiple of 128, got 129/, withMidstates({ bytesHashed: 129 })],
    [
      'has a midstate of another position',
      `its midstates are at ${CHUNK + 128}, and not ${2 * CHUNK}`,
      withMidstates({ bytesHashed: CHUNK + 128 }),
    ],
    ['has no object', malformed, withCheckpoint(() => ({ object: null }))],
    ['is null', malformed, (progress) => ({ ...progress, checkpoint: null })],
    ['is missing', malformed, ({ checkpoint: _, ...rest }) => rest],
    ['comes without a count of bytes', malformed, (progress) => ({ ...progress, bytesRead: undefined })],
    ['comes with a count in words', malformed, (progress) => ({ ...progress, lostAttempts: '0' })],
    ['comes without its attempt', malformed, (progress) => ({ ...progress, attempt: undefined })],
    ['comes without its last word', malformed, (progress) => ({ ...progress, handedOn: undefined })],
    ['is text', malformed, () => 'checkpoint'],
    ['is a number', malformed, () => 17],
    ['is a list', malformed, () => [1, 2]],
  ];

  test.each(spoiled)('%s, with a warning that says why', async (_, reason, spoil) => {
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

    const second = createAttempt(2, spoil(failing.heartbeats.at(-1)!));
    const result = await bench.hashRange(input, second);

    expect(bench.rangesRead()[0]).toBe(`${CHUNK}-${2 * CHUNK}`);
    expect(result.digests).toEqual({ sha1: await oneShot('sha1', testBytes(SIZE)) });
    expect(second.warnings).toEqual([
      expect.objectContaining({
        message: 'checkpoint refused, range starts over',
        bucket: 'plain',
        key: 'object',
        startByte: CHUNK,
        reason: expect.stringMatching(reason) as string,
      }),
    ]);
  });
});
