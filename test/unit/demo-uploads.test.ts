import { expect, test } from 'vitest';
import { describeUploads, uploadsMatch, type UploadedRow } from '../../src/demo/demo-uploads.js';

const ROW: UploadedRow = {
  label: '5 GB',
  key: 'demo/5GB.bin',
  sizeBytes: 5_000_000_000,
  digest: 'a'.repeat(40),
  independentDigest: 'a'.repeat(40),
  seconds: 70,
  megabytesPerSecond: 71,
  memoryClassMB: 512,
  bytesReadTwice: 0,
};

test('the report of uploads is content when every digest is the independent one', () => {
  expect(uploadsMatch([ROW, ROW])).toBe(true);
  expect(describeUploads([ROW]).join('\n')).toContain('512 MB');
});

test('the report of uploads says so when one digest differs', () => {
  const rows = [ROW, { ...ROW, digest: 'b'.repeat(40) }];

  expect(uploadsMatch(rows)).toBe(false);
  expect(describeUploads(rows).join('\n')).toMatch(/DIFFERS/);
});
