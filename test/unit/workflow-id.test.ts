import { describe, expect, test } from 'vitest';
import {
  indexable,
  jobSummary,
  MAX_INDEXED_BYTES,
  workflowIdOf,
  type ObjectIdentity,
} from '../../src/core/workflow-id.js';

const BASE: ObjectIdentity = { bucket: 'uploads', key: 'a/b.bin', etag: 'e1', sequencer: '0A1B' };

describe('a workflow ID', () => {
  // IDs are wire API: another ID for the same version would hash it a second time after an upgrade.
  // The digests are those of sha256sum, cut to 32 digits.
  test.each([
    [BASE, 'hash:uploads/a/b.bin:17160cafca18d92b347f6c8739a4f76f'],
    [
      { bucket: 'uploads', key: 'a/b.bin', versionId: '3HL4kqtJlcpXrof3' },
      'hash:uploads/a/b.bin:da00ff2378b86f9f63f1d65bf7df6b9c',
    ],
    [{ ...BASE, versionId: 'null' }, 'hash:uploads/a/b.bin:17160cafca18d92b347f6c8739a4f76f'],
    [
      { bucket: 'uploads', key: 'Füße 😀.txt', etag: 'e1' },
      'hash:uploads/F_e_.txt:cb2f6ce8c83aa15a53d63b19dfc1f0a3',
    ],
    [{ bucket: 'uploads', key: 'a\0b', etag: 'e1' }, 'hash:uploads/a_b:3c342331b4cd711781ab44b43172e975'],
  ])('of %j never changes', (object, workflowId) => {
    expect(workflowIdOf(object)).toBe(workflowId);
  });

  test.each([
    ['ASCII', 'k'.repeat(1_024)],
    ['emoji', '😀'.repeat(256)],
    ['umlauts', 'ü'.repeat(512)],
    ['control characters', '\n'.repeat(1_024)],
    ['slashes', '/'.repeat(1_024)],
  ])('has at most 255 bytes for a key of 1,024 bytes of %s in a bucket of 63', (_, key) => {
    expect(Buffer.byteLength(key)).toBe(1_024);

    const workflowId = workflowIdOf({ bucket: 'b'.repeat(63), key, etag: 'e', sequencer: '00' });

    expect(Buffer.byteLength(workflowId)).toBeLessThanOrEqual(255);
    expect(workflowId).toMatch(/^[\w.\-/:]+$/);
  });

  test('is the same for the same event, however often it is delivered', () => {
    expect(workflowIdOf({ ...BASE })).toBe(workflowIdOf({ ...BASE }));
  });

  test('depends on the version id alone where there is one', () => {
    const versioned = { ...BASE, versionId: 'v1' };

    expect(workflowIdOf({ ...versioned, etag: 'other', sequencer: 'other' })).toBe(workflowIdOf(versioned));
    expect(workflowIdOf({ ...versioned, versionId: 'v2' })).not.toBe(workflowIdOf(versioned));
  });

  test('without versions differs for the same bytes uploaded again', () => {
    expect(workflowIdOf({ ...BASE, sequencer: '0A1C' })).not.toBe(workflowIdOf(BASE));
    expect(workflowIdOf({ ...BASE, etag: 'e2' })).not.toBe(workflowIdOf(BASE));
  });

  test('never collides for keys that look alike once made readable, nor across separators', () => {
    const long = 'x'.repeat(200);
    const objects: ObjectIdentity[] = [
      ...['a b', 'a_b', 'a+b', 'a%20b', 'a\nb', 'a\0b', 'ab', 'A_b', 'a__b', 'a/b', 'a//b', '/a/b', 'ä', 'ö'],
      `${long}1`,
      `${long}2`,
      'a:e:e1:0A1B',
      'v:1',
    ].map((key) => ({ ...BASE, key }));
    const across: ObjectIdentity[] = [
      { bucket: 'b', key: 'k\0v:1', versionId: '2' },
      { bucket: 'b', key: 'k', versionId: '1' },
      { bucket: 'b', key: 'k', etag: '1' },
      { bucket: 'b', key: 'k', etag: '1', sequencer: '2' },
      { bucket: 'b', key: 'k', etag: '12' },
      { bucket: 'b', key: 'k', sequencer: '1' },
      { bucket: 'bk', key: 'k', etag: '1' },
      { bucket: 'b', key: 'kk', etag: '1' },
    ];

    const ids = [...objects, ...across].map(workflowIdOf);

    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('an indexable text', () => {
  test('is left alone up to 255 bytes', () => {
    expect(indexable('k'.repeat(255))).toBe('k'.repeat(255));
    expect(indexable('')).toBe('');
  });

  test.each([
    ['k'.repeat(300), 255],
    ['ü'.repeat(200), 254],
    ['€'.repeat(100), 255],
    ['😀'.repeat(100), 252],
    [`k${'😀'.repeat(100)}`, 253],
  ])('is cut between characters: %s to %d bytes', (text, sizeBytes) => {
    const start = indexable(text);

    expect(Buffer.byteLength(start)).toBe(sizeBytes);
    expect(sizeBytes).toBeLessThanOrEqual(MAX_INDEXED_BYTES);
    expect(text.startsWith(start)).toBe(true);
    expect(Buffer.from(start).toString()).toBe(start);
  });

  test('has its control characters escaped, and nothing that steers a page', () => {
    expect(indexable('a\nb\0\u202ec')).toBe('a\\u000ab\\u0000\\u202ec');
  });
});

describe('the name of a job in the Web UI', () => {
  test('is what it does to which object', () => {
    expect(jobSummary({ bucket: 'b', key: 'films/a b.mov' })).toBe('hash s3://b/films/a b.mov');
  });

  test.each([
    ['films/wedding_2026 final-1.mov', 'hash s3://b/films/wedding_2026 final-1.mov'],
    ['фильмы/映画.mov', 'hash s3://b/фильмы/映画.mov'],
    ['a <b>', 'hash `s3://b/a <b>`'],
    ['[x](javascript:x)', 'hash `s3://b/[x](javascript:x)`'],
    ['_draft_', 'hash `s3://b/_draft_`'],
    ['a  b', 'hash `s3://b/a  b`'],
    ['a*b*', 'hash `s3://b/a*b*`'],
    ['www.example.com', 'hash `s3://b/www.example.com`'],
    ['a `b`', 'hash `` s3://b/a `b` ``'],
    ['a\nb', 'hash `s3://b/a\\u000ab`'],
  ])('of %j can be read as nothing else: %s', (key, summary) => {
    expect(jobSummary({ bucket: 'b', key })).toBe(summary);
  });

  test.each(['k'.repeat(1_024), '映'.repeat(341), '😀'.repeat(256), '\u0001'.repeat(1_024)])(
    'fits the server whatever the key, and shows its start and its end (%#)',
    (key) => {
      const summary = jobSummary({ bucket: 'b'.repeat(63), key: `films/${key}/end.mov` });

      expect(Buffer.byteLength(JSON.stringify(summary))).toBeLessThanOrEqual(400);
      expect(summary).toMatch(/^hash `?s3:\/\/b+\/films\/.*….*end\.mov`?$/);
      expect(Buffer.from(summary).toString()).toBe(summary);
    },
  );
});
