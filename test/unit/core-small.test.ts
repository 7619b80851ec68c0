import { describe, expect, test } from 'vitest';
import { formatBytes } from '../../src/core/format-bytes.js';
import { DELIVERY_ALLOWANCE_MS, heartbeatTiming, LATENESS_ALLOWANCE_MS } from '../../src/core/loss-bound.js';
import { withReadings } from '../../src/core/job-progress.js';
import { formatS3Uri, isS3Uri, parseS3Uri } from '../../src/core/s3-uri.js';
import { SEARCH_ATTRIBUTES } from '../../src/core/search-attributes.js';

describe('heartbeat timing', () => {
  test.each([1, 1.5, 2, 5, 10, 60])('for a loss of %d s adds up to exactly that loss', (seconds) => {
    const { intervalMs, throttleMs } = heartbeatTiming(seconds);

    expect(intervalMs + LATENESS_ALLOWANCE_MS + DELIVERY_ALLOWANCE_MS).toBe(seconds * 1_000);
    expect(throttleMs).toBeLessThan(intervalMs);
  });

  // The SDK throttles to the smaller of 0.8 x heartbeat timeout and maxHeartbeatThrottleInterval.
  test.each([1, 1.5, 2, 5, 10, 60])(
    'for a loss of %d s lets the throttle decide, not the timeout',
    (seconds) => {
      const { throttleMs, heartbeatTimeoutMs } = heartbeatTiming(seconds);

      expect(0.8 * heartbeatTimeoutMs).toBeGreaterThan(throttleMs);
      expect(heartbeatTimeoutMs).toBeGreaterThanOrEqual(5_000);
    },
  );

  test('is in whole milliseconds', () => {
    expect(heartbeatTiming(2.345678)).toEqual({
      intervalMs: 1_845,
      throttleMs: 1_476,
      heartbeatTimeoutMs: 7_380,
    });
  });

  test('defaults to a loss of 2 s, and takes less than 1 s for 1 s', () => {
    expect(heartbeatTiming()).toEqual({ intervalMs: 1_500, throttleMs: 1_200, heartbeatTimeoutMs: 6_000 });
    expect(heartbeatTiming(0)).toEqual(heartbeatTiming(1));
  });
});

describe('a byte count', () => {
  test.each([
    [0, '0 B'],
    [1, '1 B'],
    [999, '999 B'],
    [1_000, '1 kB'],
    [1_024, '1.02 kB'],
    [999_499, '999 kB'],
    [999_999, '1 MB'],
    [20_000_000, '20 MB'],
    [1_250_000_000, '1.25 GB'],
    [5_000_000_000_000, '5 TB'],
    [50 * 2 ** 40, '55 TB'],
    [5e15, '5000 TB'],
  ])('of %d reads %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});

describe('an S3 URI', () => {
  test.each([
    ['s3://uploads/a.bin', { bucket: 'uploads', key: 'a.bin' }],
    ['s3://up.loads-1/a//b/', { bucket: 'up.loads-1', key: 'a//b/' }],
    ['s3://uploads/a%2Fb +?#c', { bucket: 'uploads', key: 'a%2Fb +?#c' }],
    ['s3://uploads/line\nbreak', { bucket: 'uploads', key: 'line\nbreak' }],
    ['s3://uploads//leading', { bucket: 'uploads', key: '/leading' }],
    ['s3://uploads/😀', { bucket: 'uploads', key: '😀' }],
  ])('%j is taken as it stands, and formatted back', (uri, location) => {
    expect(isS3Uri(uri)).toBe(true);
    expect(parseS3Uri(uri)).toEqual(location);
    expect(formatS3Uri(location)).toBe(uri);
  });

  test.each([
    's3://uploads',
    's3://uploads/',
    's3:///key',
    's3://UPPER/key',
    's3://ab/key',
    'uploads/key',
    'S3://b/k',
  ])('%j is refused by name', (uri) => {
    expect(() => parseS3Uri(uri)).toThrow(
      expect.objectContaining({
        failure: 'InvalidInput',
        message: `object: expected s3://bucket/key [actual=${uri}]`,
      }),
    );
  });

  test('is told from a file by its scheme', () => {
    expect(isS3Uri('./s3:/file')).toBe(false);
  });
});

test('search attributes fit what SQL visibility stores offer: ten Keyword, three of each other kind', () => {
  const kinds = Object.values(SEARCH_ATTRIBUTES);

  expect(kinds.filter((kind) => kind === 'KEYWORD').length).toBeLessThanOrEqual(10);
  expect(kinds.filter((kind) => kind === 'KEYWORD_LIST').length).toBeLessThanOrEqual(3);
  expect(kinds.filter((kind) => kind === 'INT').length).toBeLessThanOrEqual(3);
  expect(kinds).not.toContain('TEXT');
});

describe('the progress of a job', () => {
  const object = { bucket: 'b', key: 'k', etag: 'e', sizeBytes: 1_000 };
  const durable = { bytesHashed: 300, sizeBytes: 1_000, range: 4, ranges: 10, memoryClassMB: 512 } as const;
  const at = (bytesHashed: number, bytesRead: number, originByte?: number) => ({
    checkpoint: { object, bytesHashed, midstates: [], ...(originByte === undefined ? {} : { originByte }) },
    bytesRead,
  });

  test('is the position of the range under way, or of the last one that ended', () => {
    expect(withReadings(durable, [at(350, 50)])?.bytesHashed).toBe(350);
    expect(withReadings(durable, [at(290, 90)])?.bytesHashed).toBe(300);
    expect(withReadings(durable, [])).toEqual(durable);
  });

  test('adds up what parts have read, wherever they lie, never more than there is', () => {
    expect(withReadings(durable, [at(350, 50, 300), at(920, 20, 900)])?.bytesHashed).toBe(370);
    expect(withReadings(durable, [at(0, 900, 0)])?.bytesHashed).toBe(1_000);
  });

  test('is told by heartbeats alone where no workflow worker answers, and is unknown without any', () => {
    expect(withReadings(undefined, [at(350, 350)])).toMatchObject({ bytesHashed: 350, sizeBytes: 1_000 });
    expect(withReadings(undefined, [])).toBeUndefined();
  });
});
