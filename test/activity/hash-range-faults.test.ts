import { randomBytes } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { CancelledFailure } from '@temporalio/common';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Algorithm } from '../../src/core/algorithms.js';
import { oneShot } from '../unit/hashing-engines.js';
import { errorAnswer } from '../unit/s3-shaped/answers.js';
import { chunkedBody, cutAt, resetAt, shortBody, stallAt } from '../unit/s3-shaped/body-faults.js';
import { cutBeforeHead, garbage, neverAnswers, stallInError } from '../unit/s3-shaped/head-faults.js';
import {
  boundsOf,
  MAX_FAULTS,
  rangesWith,
  SIZE_BYTES,
  STRUCK_CHUNKS,
} from '../unit/s3-shaped/reading-stage.js';
import { answerWell, type Answer } from '../unit/s3-shaped-server.js';
import { createAttempt, failureOf, shutDown, wholeOf } from './activity-bench.js';
import { openReadingBench, type ReadingBench } from './reading-bench.js';

const ALGORITHMS: readonly Algorithm[] = ['sha1', 'sha512', 'crc64nvme'];

const half = (length: number) => length >> 1;

let bench: ReadingBench;

beforeEach(async () => {
  vi.spyOn(Math, 'random').mockReturnValue(0);
  bench = await openReadingBench();
});

afterEach(async () => {
  await bench.close();
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

/** Gives these answers, one each, to the requests that start where one of the chunks does; to others good ones. */
function strike(chunks: readonly number[], ...answers: Answer[]): void {
  const pending = new Map(chunks.map((chunk) => [boundsOf(chunk)[0], [...answers]]));
  bench.server.always = (response, request, server) => {
    const answer = pending.get(request.startByte)?.shift() ?? answerWell;
    answer(response, request, server);
  };
}

async function digestsOf(bytes: Buffer): Promise<Partial<Record<Algorithm, string>>> {
  const digests: Partial<Record<Algorithm, string>> = {};
  for (const algorithm of ALGORITHMS) digests[algorithm] = await oneShot(algorithm, bytes);
  return digests;
}

describe('hashRange gets over a fault in the first, a middle and the last chunk, and reads no byte twice:', () => {
  const faults: readonly (readonly [string, readonly Answer[], (length: number) => readonly number[]])[] = [
    ['a stall', [stallAt(half)], (length) => [0, half(length)]],
    ['a cut', [cutAt(half)], (length) => [0, half(length)]],
    ['a reset', [resetAt(half)], (length) => [0, half(length)]],
    ['a body that ends early', [shortBody(half)], (length) => [0, half(length)]],
    [
      'chunks that are cut',
      [chunkedBody(half, 'cut'), chunkedBody(half, 'cut')],
      (length) => [0, 0, half(length)],
    ],
    ['no answer', [neverAnswers], () => [0, 0]],
    ['garbage', [garbage('+OK\r\n\r\n')], () => [0, 0]],
    ['503 SlowDown', [errorAnswer(503, 'SlowDown')], () => [0, 0]],
    ['503 whose document stalls', [stallInError], () => [0, 0]],
  ];

  test.each(faults)('%s', async (_, answers, starts) => {
    const { server } = bench;
    strike(STRUCK_CHUNKS, ...answers);

    const { digests, stats } = await bench.hashRange(wholeOf(server.object, ALGORITHMS));

    expect(digests).toEqual(await digestsOf(server.bytes));
    expect(stats).toEqual({ bytesRead: SIZE_BYTES, bytesReadTwice: 0, attempts: 1, lostAttempts: 0 });
    expect(bench.bytesMetered).toBe(SIZE_BYTES);
    expect(server.rangesSeen).toEqual(rangesWith(starts));
  });
});

describe('hashRange fails when a fault lasts, and', () => {
  test('the next attempt goes on from the last aligned byte that came', async () => {
    const { server } = bench;
    const stuck = boundsOf(2)[0] + 50_000;
    strike(
      [2],
      cutAt(() => 50_000),
    );
    const { always } = server;
    server.always = (response, request, self) => {
      (request.startByte === stuck ? cutBeforeHead : always)(response, request, self);
    };
    const input = wholeOf(server.object, ALGORITHMS);
    const first = createAttempt();

    const failure = await failureOf(bench.hashRange(input, first));
    server.always = answerWell;
    server.seen.length = 0;
    const { digests, stats } = await bench.hashRange(input, createAttempt(2, first.heartbeats.at(-1)));

    expect(failure).toMatchObject({ type: 'StoreUnavailable', nonRetryable: false });
    expect((failure as Error).message).toContain(
      `[bucket=bucket, key=key, range=${stuck}-${boundsOf(2)[1] - 1}`,
    );
    const aligned = stuck - (stuck % 128);
    expect(server.seen[0]?.startByte).toBe(aligned);
    expect(digests).toEqual(await digestsOf(server.bytes));
    expect(stats).toMatchObject({ bytesReadTwice: stuck - aligned, attempts: 2, lostAttempts: 0 });
  });

  test('Temporal waits for as long as the server asked', async () => {
    bench.server.always = errorAnswer(429, 'TooManyRequests', { 'retry-after': '1' });
    vi.stubEnv('AWS_MAX_ATTEMPTS', '1');

    const failure = await failureOf(bench.hashRange(wholeOf(bench.server.object)));

    expect(failure).toMatchObject({ type: 'StoreUnavailable', nonRetryable: false, nextRetryDelay: 1_000 });
    expect(bench.server.seen).toHaveLength(MAX_FAULTS);
  });

  test.each([
    [412, 'PreconditionFailed', 'ObjectChanged'],
    [404, 'NoSuchKey', 'ObjectGone'],
    [403, 'AccessDenied', 'AccessDenied'],
  ])('after %d %s no attempt follows, and the checkpoint is kept', async (status, code, type) => {
    const { server } = bench;
    strike([3], errorAnswer(status, code), errorAnswer(status, code));

    const failure = await failureOf(bench.hashRange(wholeOf(server.object, ALGORITHMS)));

    const [bytesHashed] = boundsOf(3);
    expect(failure).toMatchObject({ type, nonRetryable: true });
    expect(failure).toMatchObject({ details: [{ object: server.object, bytesHashed }] });
    // A refusal may be that of an old signature: it is asked once more.
    expect(server.seen).toHaveLength(status === 403 ? 5 : 4);
  });

  test('never mixes two versions: one that is overwritten in mid-chunk ends the range', async () => {
    const { server } = bench;
    const { object } = server;
    strike([2], (response, request, self) => {
      cutAt(half)(response, request, self);
      server.bytes = randomBytes(SIZE_BYTES);
    });

    const failure = await failureOf(bench.hashRange(wholeOf(object, ALGORITHMS)));

    expect(failure).toMatchObject({ type: 'ObjectChanged', nonRetryable: true, category: 'BENIGN' });
  });
});

describe('hashRange stops at once', () => {
  const SOON_MS = 1_000;
  const waits: readonly (readonly [string, Answer])[] = [
    ['before the head', neverAnswers],
    ['in the body', stallAt(half)],
    ['in an error', stallInError],
    ['while the SDK pauses', errorAnswer(503, 'SlowDown', { 'retry-after': '60' })],
  ];

  test.each(waits)('when it is cancelled %s, and leaves no socket', async (_, answer) => {
    const { server } = bench;
    server.always = answer;
    const attempt = createAttempt();

    const failure = failureOf(bench.hashRange(wholeOf(server.object), attempt));
    while (server.seen.length === 0) await nextTurn();
    const cancelledAt = performance.now();
    attempt.environment.cancel();

    expect(await failure).toBeInstanceOf(CancelledFailure);
    expect(performance.now() - cancelledAt).toBeLessThan(SOON_MS);
  });

  test.each(waits)('when its worker shuts down %s, and hands its midstate on', async (_, answer) => {
    const { server } = bench;
    strike([1], answer, answer, answer);
    const attempt = createAttempt();

    const failure = failureOf(bench.hashRange(wholeOf(server.object), attempt));
    while (server.seen.length < 2) await nextTurn();
    const askedAt = performance.now();
    shutDown(attempt);

    expect(await failure).toMatchObject({ type: 'WorkerShutdown', nonRetryable: false, category: 'BENIGN' });
    expect(performance.now() - askedAt).toBeLessThan(SOON_MS);
    const { bytesHashed } = attempt.heartbeats.at(-1)!.checkpoint;
    expect(bytesHashed).toBeGreaterThanOrEqual(boundsOf(1)[0]);
  });
});
