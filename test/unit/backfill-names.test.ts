import { describe, expect, test } from 'vitest';
import { parseEvery } from '../../src/cli/parse-every.js';
import { backfillDetails, describeCounts, progressLine } from '../../src/core/backfill-details.js';
import { backfillIdOf, backfillSummary, reconcileScheduleIdOf } from '../../src/core/backfill-id.js';
import {
  addCounts,
  addSamples,
  NO_COUNTS,
  NO_SAMPLES,
  pageSize,
  withOneMore,
  type BackfillProgress,
} from '../../src/core/backfill.js';
import { parseS3Prefix } from '../../src/core/s3-prefix.js';

const source = { kind: 'prefix', bucket: 'my-bucket', prefix: 'photos/2026 summer/' } as const;

describe('the id of a backfill', () => {
  const id = backfillIdOf({ name: 'backfill', source });

  test('is readable, and the same for the same', () => {
    expect(id).toMatch(/^backfill:my-bucket\/photos\/2026_summer\/:[0-9a-f]{16}$/);
    expect(backfillIdOf({ name: 'backfill', source: { ...source } })).toBe(id);
  });

  test('is another for other objects, other digests, and only what is missing', () => {
    const others = [
      backfillIdOf({ name: 'reconcile', source }),
      backfillIdOf({ name: 'backfill', source: { ...source, prefix: 'photos/2026_summer/' } }),
      backfillIdOf({ name: 'backfill', source, missingOnly: true }),
      backfillIdOf({ name: 'backfill', source, algorithms: ['sha256'] }),
      backfillIdOf({ name: 'backfill', source, publish: { tags: true } }),
    ];

    expect(new Set([id, ...others]).size).toBe(others.length + 1);
  });

  test('fits the 255 bytes of a server on SQL, and so does that of a schedule', () => {
    const prefix = 'ü/'.repeat(500);
    const bucket = 'b'.repeat(63);

    expect(backfillIdOf({ name: 'reconcile', source: { ...source, bucket, prefix } }).length).toBeLessThan(
      255,
    );
    // A schedule's workflow has the time of its start behind its id: `-2026-01-01T00:00:00Z`.
    expect(reconcileScheduleIdOf(bucket, prefix).length).toBeLessThan(255 - 21);
  });
});

test('a summary says what it goes through, and nothing in it is taken for Markdown', () => {
  expect(backfillSummary({ name: 'backfill', source })).toBe('backfill s3://my-bucket/photos/2026 summer/');
  expect(backfillSummary({ name: 'reconcile', source: { ...source, prefix: '*a*' } })).toBe(
    'reconcile `s3://my-bucket/*a*`',
  );
  expect(
    backfillSummary({ name: 'backfill', source: { kind: 'lines', lines: ['a', 'b'], leftOut: 3 } }),
  ).toBe('backfill of 5 lines');
});

test('counts add up, and samples are kept to twenty', () => {
  const one = withOneMore(withOneMore(NO_COUNTS, 'started'), 'failed');
  const many = { started: Array.from({ length: 15 }, (_, n) => String(n)), failed: [] };

  expect(addCounts(one, one)).toEqual({ ...NO_COUNTS, listed: 4, started: 2, failed: 2 });
  expect(addSamples(many, many).started).toHaveLength(20);
  expect(addSamples(NO_SAMPLES, NO_SAMPLES)).toEqual(NO_SAMPLES);
});

test('a page is what ten seconds hold at the rate (of a list, a minute), and no more than a listing gives', () => {
  expect(pageSize(source)).toBe(1_000);
  expect(pageSize(source, 7)).toBe(70);
  expect(pageSize(source, 0.01)).toBe(1);
  expect(pageSize({ kind: 'csv', bucket: 'b', key: 'k' })).toBe(20_000);
  expect(pageSize({ kind: 'csv', bucket: 'b', key: 'k' }, 7)).toBe(420);
});

describe('what is told of a backfill', () => {
  const progress: BackfillProgress = {
    name: 'backfill',
    of: 's3://my-bucket/',
    state: 'running',
    position: { after: 'a`b' },
    counts: { ...NO_COUNTS, listed: 12_345, started: 12_000, found: 345 },
    samples: { started: [], failed: ['s3://my-bucket/x: denied'] },
    pages: 13,
    runs: 1,
    startedAt: '2026-01-01T00:00:00Z',
    objectsPerSecond: 41.66,
    ratePerSecond: 50,
  };

  test('on one line is its state, its counts, its speed and where it stands', () => {
    expect(progressLine(progress)).toBe(
      'running · 12,345 listed · 12,000 started · 345 already hashed · 41.7 objects/s, at most 50 · after a`b',
    );
    expect(describeCounts(NO_COUNTS)).toBe('0 listed · 0 started');
  });

  test('in the Web UI is a table, and keys are code', () => {
    const details = backfillDetails(progress);

    expect(details).toContain('| 12,345 | listed |');
    expect(details).toContain('``after a`b``');
    expect(details).toContain('- `s3://my-bucket/x: denied`');
    expect(details).not.toContain('| 0 |');
  });
});

test.for([
  ['s3://my-bucket', { bucket: 'my-bucket', prefix: '' }],
  ['s3://my-bucket/', { bucket: 'my-bucket', prefix: '' }],
  ['s3://my-bucket/a b/', { bucket: 'my-bucket', prefix: 'a b/' }],
] as const)('%s is a prefix', ([uri, prefix]) => {
  expect(parseS3Prefix(uri)).toEqual(prefix);
});

test.for(['my-bucket', 's3://', 's3://B', 'https://my-bucket/'])('%s is no prefix', (uri) => {
  expect(() => parseS3Prefix(uri)).toThrow(/expected s3:\/\/bucket\/prefix/);
});

test('times of a schedule are minutes, hours, days and weeks', () => {
  expect(['30m', '6h', '1d', '2w'].map(parseEvery)).toEqual([1_800, 21_600, 86_400, 1_209_600]);
  for (const text of ['', '10', '30s', '0m', '1.5h', 'd']) expect(() => parseEvery(text)).toThrow(/like 30m/);
});
