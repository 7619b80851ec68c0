import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { S3Client } from '@aws-sdk/client-s3';
import { MidstateError } from '../../src/core/failures.js';
import { createS3RangeReader } from '../../src/storage/s3-range-reader.js';

/** The pauses that the reader made, in ms: here they take no time. */
const pauses = vi.hoisted((): number[] => []);
vi.mock('node:timers/promises', async (importOriginal) => ({
  ...(await importOriginal<object>()),
  setTimeout: (ms: number) => {
    pauses.push(ms);
    return Promise.resolve();
  },
}));

const OBJECT = { bucket: 'bucket', key: 'key', etag: 'e', sizeBytes: 10 };
const BACKOFF_MS = 100;

beforeEach(() => {
  pauses.length = 0;
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** Reads from a server that always answers 503, until the reader gives up. */
async function readUntilGivenUp(headers: Record<string, string>, maxFaults = 4): Promise<unknown> {
  const send = () => {
    const error = Object.assign(new Error(), { name: 'SlowDown', $metadata: { httpStatusCode: 503 } });
    return Promise.reject(Object.assign(error, { $response: { headers } }));
  };
  const settings = { idleTimeoutMs: 1_000, maxFaults, backoffMs: BACKOFF_MS };
  const reader = createS3RangeReader({ send, config: {} } as unknown as S3Client, settings);
  const request = {
    object: OBJECT,
    startByte: 0,
    endByteExclusive: 10,
    signal: new AbortController().signal,
  };
  return await reader.read(request, () => undefined).catch((error: unknown) => error);
}

describe('after a fault the reader pauses', () => {
  test.each([
    [0, [50, 100, 200]],
    [1, [100, 200, 400]],
  ])('longer each time, with jitter (random %d)', async (random, expected) => {
    vi.spyOn(Math, 'random').mockReturnValue(random);

    const failure = await readUntilGivenUp({});

    expect(failure).toBeInstanceOf(MidstateError);
    expect(pauses).toEqual(expected);
  });

  test('twenty times the first pause at most', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(1);

    await readUntilGivenUp({}, 9);

    expect(Math.max(...pauses)).toBe(20 * BACKOFF_MS);
  });

  test.each([
    ['in seconds', '7', 7_000],
    ['as a date', 'Fri, 02 Jan 2026 03:04:14 GMT', 9_000],
    ['but not for longer than half a minute', '86400', 30_000],
  ])('for as long as Retry-After asks, %s', async (_, retryAfter, pauseMs) => {
    vi.useFakeTimers({ now: new Date('2026-01-02T03:04:05Z') });

    await readUntilGivenUp({ 'retry-after': retryAfter }, 2);

    expect(pauses).toEqual([pauseMs]);
  });
});
