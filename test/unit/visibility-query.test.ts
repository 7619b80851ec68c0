import { describe, expect, test } from 'vitest';
import { hasPrefix, isExact, parseS3Prefix, selectionQuery } from '../../src/core/visibility-query.js';

describe('a selection of jobs as a visibility query', () => {
  test('means jobs that failed, and each condition narrows it', () => {
    expect(selectionQuery({ ended: ['failed'] })).toBe(
      'WorkflowType = "hashObject" AND ExecutionStatus = "Failed"',
    );
    expect(
      selectionQuery({
        ended: ['failed', 'cancelled'],
        causes: ['AccessDenied', 'KmsDenied'],
        since: '2026-11-25T10:00:00.000Z',
        until: '2026-11-25T11:00:00.000Z',
        prefix: { bucket: 'b-1', key: 'films/' },
        query: 'MemoryClass = "512" OR MemoryClass = "256"',
      }),
    ).toBe(
      'WorkflowType = "hashObject" AND ExecutionStatus IN ("Failed", "Canceled")' +
        ' AND HashCause IN ("AccessDenied", "KmsDenied")' +
        ' AND CloseTime >= "2026-11-25T10:00:00.000Z" AND CloseTime < "2026-11-25T11:00:00.000Z"' +
        ' AND S3Bucket = "b-1" AND S3Key STARTS_WITH "films/"' +
        ' AND (MemoryClass = "512" OR MemoryClass = "256")',
    );
  });

  test('of a whole bucket says nothing of keys', () => {
    const prefix = parseS3Prefix('s3://b-1/');

    expect(selectionQuery({ ended: ['failed'], prefix })).toMatch(/AND S3Bucket = "b-1"$/);
    expect(isExact({ ended: ['failed'], prefix })).toBe(true);
  });

  test('seeks by what comes before a quote, and the rest is compared by itself', () => {
    const selection = { ended: ['failed'], prefix: { bucket: 'b-1', key: 'a "quoted" key' } } as const;

    expect(selectionQuery(selection)).toMatch(/S3Key STARTS_WITH "a "$/);
    expect(isExact(selection)).toBe(false);
    expect(hasPrefix({ bucket: 'b-1', key: 'a "quoted" key.mov' }, selection)).toBe(true);
    expect(hasPrefix({ bucket: 'b-1', key: 'a plain key' }, selection)).toBe(false);
  });

  test.each(['b-1/films', 's3:/b-1', 's3://B/films'])('refuses %s for a prefix', (text) => {
    expect(() => parseS3Prefix(text)).toThrow(/expected s3:\/\/bucket/);
  });
});
