import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createReadLedger, NO_METER, readLedger } from '../../src/worker/read-ledger.js';

describe('a read ledger', () => {
  let directory: string;

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'midstate-ledger-'));
  });

  afterAll(() => {
    rmSync(directory, { recursive: true });
  });

  test('is there from the first byte on, in a folder that it makes', () => {
    const file = join(directory, 'not', 'yet', 'ledger');

    createReadLedger(file).add(1);

    expect(readLedger(file).bytesRead).toBe(1);
    expect(readLedger(file).peakRssBytes).toBeGreaterThan(10_000_000);
    expect(readLedger(file).peakRssBytes).toBeLessThan(10_000_000_000);
  });

  test('is exact after each piece of a body', () => {
    const file = join(directory, 'exact');
    const meter = createReadLedger(file);

    for (let total = 64_000; total <= 5_000_000; total += 64_000) {
      meter.add(64_000);
      expect(readLedger(file).bytesRead).toBe(total);
    }
  });

  test('counts beyond 2^32', () => {
    const file = join(directory, 'large');

    createReadLedger(file).add(50 * 2 ** 40);

    expect(readLedger(file).bytesRead).toBe(50 * 2 ** 40);
  });

  test('starts from nothing for a new worker', () => {
    const file = join(directory, 'again');
    createReadLedger(file).add(2_000_000);

    createReadLedger(file);

    expect(readLedger(file)).toEqual({ bytesRead: 0, peakRssBytes: 0 });
  });

  test('reads as zeros where there is none, or half of one', () => {
    const half = join(directory, 'half');
    writeFileSync(half, 'short');

    expect(readLedger(join(directory, 'none'))).toEqual({ bytesRead: 0, peakRssBytes: 0 });
    expect(readLedger(half)).toEqual({ bytesRead: 0, peakRssBytes: 0 });
  });

  test('that cannot be read is no ledger of zeros', () => {
    expect(() => readLedger(directory)).toThrow('EISDIR');
  });
});

test('a meter that counts nothing takes any count', () => {
  expect(() => {
    NO_METER.add(1);
  }).not.toThrow();
});
