import { describe, expect, test } from 'vitest';
import { describeReport, digestsMatch, lossIsBounded, type DemoReport } from '../../src/demo/demo-report.js';
import { planDemo } from '../../src/demo/demo-objects.js';
import { createRandomObject } from '../../src/demo/random-bytes.js';
import { opensslDigest } from '../setup/stack-clients.js';

const ROW = {
  label: '5 GB',
  key: 'demo/5GB.bin',
  sizeBytes: 5_000_000_000,
  digest: 'a'.repeat(40),
  independentDigest: 'a'.repeat(40),
  seconds: 10,
  megabytesPerSecond: 500,
  workerPeakRssBytes: 127_000_000,
  bytesReadTwice: 0,
  attempts: 6,
};

function reportOf(changes: { first?: object; last?: object }): DemoReport {
  return {
    rows: [
      { ...ROW, ...changes.first },
      { ...ROW, ...changes.last },
    ],
    kill: {
      readByKilledWorker: 2_250_000_000,
      checkpointAtByte: 2_000_000_000,
      allowedBytesReadTwice: 600_000_000,
      peakRssBytes: 127_000_000,
    },
    lossBoundSeconds: 2,
    totalSeconds: 80,
  };
}

describe('the report of the demo', () => {
  test('is content when every digest is the independent one and little was read twice', () => {
    const report = reportOf({ last: { bytesReadTwice: 250_000_000 } });

    expect([digestsMatch(report), lossIsBounded(report)]).toEqual([true, true]);
    expect(describeReport(report).join('\n')).toContain('250 MB');
  });

  test('says so when one digest differs', () => {
    const report = reportOf({ first: { digest: 'b'.repeat(40) } });

    expect(digestsMatch(report)).toBe(false);
    expect(describeReport(report).join('\n')).toContain('DIFFERS');
  });

  test('says so when more was read twice than the loss bound allows', () => {
    const report = reportOf({ last: { bytesReadTwice: 600_000_001 } });

    expect(lossIsBounded(report)).toBe(false);
    expect(describeReport(report).join('\n')).toContain('EXCEEDED');
  });

  test('allows no byte to be read twice where no worker was killed', () => {
    expect(lossIsBounded(reportOf({ first: { bytesReadTwice: 1 } }))).toBe(false);
  });
});

test('the quick demo takes a fiftieth of the sizes', () => {
  const [full, quick] = [planDemo(false, 'x'), planDemo(true, 'x')];

  expect(full.objects.map(({ sizeBytes }) => sizeBytes)).toEqual([1e8, 5e8, 1e9, 5e9]);
  expect(quick.objects.map(({ sizeBytes }) => sizeBytes * 50)).toEqual([1e8, 5e8, 1e9, 5e9]);
});

test('a demo object has the size asked for, bytes that are not zeros, and the digest of those bytes', async () => {
  const random = createRandomObject(2_500_001);
  const pieces: Buffer[] = [];
  for await (const piece of random.body) pieces.push(piece as Buffer);
  const bytes = Buffer.concat(pieces);

  expect(bytes).toHaveLength(2_500_001);
  expect(new Set(bytes.subarray(0, 10_000)).size).toBe(256);
  expect(random.digest()).toBe(opensslDigest('sha1', bytes));
});
