import { describe, expect, test } from 'vitest';
import type { HashObjectResult } from '../../src/core/contracts.js';
import { formatByteRange } from '../../src/core/format-bytes.js';
import {
  failureDetails,
  formatSeconds,
  progressBar,
  progressDetails,
  resultDetails,
} from '../../src/core/job-details.js';
import { codeOf } from '../../src/core/markdown.js';

/** At the end of each text, for the panel cuts off lines there. */
const ROOM = '\u00a0\n\n\u00a0';

const NOON = Date.UTC(2026, 0, 2, 12, 0, 0);

const progress = {
  bytesHashed: 2_000_000_000,
  sizeBytes: 5_000_000_000,
  range: 3,
  ranges: 5,
  memoryClassMB: 512,
} as const;

const object = { bucket: 'b', key: 'k', etag: 'e', sizeBytes: 5_000_000_000 };

const result: HashObjectResult = {
  outcome: 'hashed',
  object,
  digests: { sha1: 'ab'.repeat(20), md5: 'cd'.repeat(16) },
  verdict: 'match',
  proof: { kind: 'stored-checksum', algorithm: 'crc64nvme', value: '00' },
  published: [{ sink: 'tags', status: 'written', detail: 'midstate-sha1 of `k`' }],
  stats: {
    bytesRead: 5_064_000_000,
    bytesReadTwice: 64_000_000,
    lostAttempts: 1,
    ranges: 5,
    attempts: 6,
    memoryClassMB: 512,
    startedAt: '2026-01-02T12:00:00.000Z',
    finishedAt: '2026-01-02T12:00:25.000Z',
  },
};

describe('the details of a running job', () => {
  test('show bar, bytes, range, class, speed and time left, and of when they are', () => {
    const from = { bytesHashed: 0, timeMs: NOON - 10_000 };

    expect(progressDetails(progress, from, NOON)).toBe(
      [
        '`████████░░░░░░░░░░░░` **40 %** · 2 GB of 5 GB',
        'range 3 of 5 · 512 MB class · 200 MB/s · about 15 s left',
        '_As of 12:00:00 UTC, the end of the last finished range._',
        ROOM,
      ].join('\n\n'),
    );
  });

  test('know no speed before a range of this run has ended', () => {
    const text = progressDetails(progress, { bytesHashed: 2_000_000_000, timeMs: NOON }, NOON);

    expect(text).toContain('512 MB class · speed known after this range');
  });

  test('measure a run that continues another from where it began', () => {
    const from = { bytesHashed: 1_000_000_000, timeMs: NOON - 10_000 };

    expect(progressDetails(progress, from, NOON)).toContain('100 MB/s · about 30 s left');
  });

  test.each([
    [0, 10, '`░░░░░░░░░░░░░░░░░░░░` **0 %**'],
    [999, 1_000, '`███████████████████░` **99 %**'],
    [1_000, 1_000, '`████████████████████` **100 %**'],
    [0, 0, '`████████████████████` **100 %**'],
  ])('%d of %d bytes are %s', (bytesHashed, sizeBytes, bar) => {
    expect(progressBar(bytesHashed, sizeBytes)).toBe(bar);
  });
});

describe('the details of a job that ended', () => {
  test('show digests, verdict, proof, what it took and where it was published', () => {
    expect(resultDetails(result)).toBe(
      [
        '**hashed** · 5 GB in 25 s, 200 MB/s',
        `- sha1 \`${'ab'.repeat(20)}\`\n- md5 \`${'cd'.repeat(16)}\``,
        'verdict **match**',
        'read 5.06 GB, 64 MB of it twice',
        '5 ranges, 6 attempts · 512 MB class',
        '- tags written: `` midstate-sha1 of `k` ``',
        'proof: the bytes read have the crc64nvme that S3 holds',
        ROOM,
      ].join('\n\n'),
    );
  });

  test('say why there is no proof, and nothing of digests where there are none', () => {
    const unproven = resultDetails({ ...result, proof: { kind: 'none', reason: 'S3 holds none' } });
    const gone = resultDetails({
      ...result,
      outcome: 'gone',
      digests: {},
      published: [],
      proof: { kind: 'none', reason: 'the object was not hashed' },
    });

    expect(unproven).toContain('no proof: S3 holds none');
    expect(unproven).not.toContain('not reused');
    expect(resultDetails({ ...result, notes: ['stored checksums not reused: none'] })).toContain(
      '- stored checksums not reused: none',
    );
    expect(gone).toMatch(/^\*\*gone\*\*\n\n/);
    expect(gone).not.toContain('verdict');
  });

  test('of a failure show the cause, what happened, and how far it had come', () => {
    const checkpoint = { object, bytesHashed: 2_500_000_000, midstates: [] };

    expect(failureDetails('AccessDenied', 'read range: denied [key=a*b]', checkpoint)).toBe(
      [
        '**failed: AccessDenied**',
        '`██████████░░░░░░░░░░` **50 %** · 2.5 GB of 5 GB hashed until then',
        '`read range: denied [key=a*b]`',
        ROOM,
      ].join('\n\n'),
    );
    expect(failureDetails('AccessDenied', 'x', undefined)).toContain('Nothing had been hashed.');
  });
});

describe('text in Markdown', () => {
  test.each([
    ['plain', '`plain`'],
    ['a `tick`', '`` a `tick` ``'],
    ['``', '``` `` ```'],
    ['[x](javascript:alert(1)) <img>', '`[x](javascript:alert(1)) <img>`'],
    ['two\nlines', '`two\\u000alines`'],
    ['\u202egnp.exe', '`\\u202egnp.exe`'],
    [' edge', '`  edge `'],
    ['', '`  `'],
  ])('%j becomes code: %s', (text, code) => {
    expect(codeOf(text)).toBe(code);
  });
});

describe('a run of bytes', () => {
  test.each([
    [0, 20_000_000, '0–20.0 MB'],
    [2_000_000_000, 3_000_000_000, '2.0–3.0 GB'],
    [1_000_064, 2_000_128, '1.0–2.0 MB'],
    [1_000_000_000_000, 1_002_400_000_000, '1.000–1.002 TB'],
    [0, 0, '0–0 B'],
    [0, 999, '0–999 B'],
  ])('from %d to %d is %s', (startByte, endByteExclusive, text) => {
    expect(formatByteRange({ startByte, endByteExclusive })).toBe(text);
  });
});

describe('a time', () => {
  test.each([
    [0.44, '0.4 s'],
    [9.99, '10 s'],
    [59.4, '59 s'],
    [200, '3 min 20 s'],
    [7_500, '2 h 5 min'],
  ])('of %d s is %s', (seconds, text) => {
    expect(formatSeconds(seconds)).toBe(text);
  });
});
