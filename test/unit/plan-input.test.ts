import { describe, expect, test } from 'vitest';
import type { Arrivals } from '../../src/planning/arrivals.js';
import { readArrivalsCsv } from '../../src/planning/arrivals-csv.js';
import { parseBurst, parseRate, parseSizes, parseTarget } from '../../src/planning/parse-arrivals.js';
import { parseSeconds, parseSize } from '../../src/planning/parse-quantities.js';

function walk(arrivals: Arrivals): [atSeconds: number, sizeBytes: number][] {
  const cursor = arrivals.open();
  const found: [number, number][] = [];
  while (cursor.advance()) found.push([cursor.atSeconds, cursor.sizeBytes]);
  return found;
}

const MB = 1_000_000;

describe('arrivals', () => {
  test('of a burst come at once', () => {
    expect(walk(parseBurst('3 x 1 GB', undefined))).toEqual([
      [0, 1e9],
      [0, 1e9],
      [0, 1e9],
    ]);
    expect(parseBurst('10,000 x 1.5 GiB', undefined).count).toBe(10_000);
  });

  test('of a rate are evenly spaced, step after step', () => {
    const arrivals = parseRate('2/s for 2s, 60/min for 3 s', parseSizes('5'));

    expect(walk(arrivals).map(([at]) => at)).toEqual([0, 0.5, 1, 1.5, 2, 3, 4]);
  });

  test('of a rate with a seed come at random, as many of them and the same each time', () => {
    const random = () => walk(parseRate('10/s for 1000s', parseSizes('5'), 3));
    const [first, again] = [random(), random()];
    const gaps = first.slice(1).map(([at], index) => at - (first[index]?.[0] ?? 0));
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
    const variance = gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length;

    expect(first).toHaveLength(10_000);
    expect(again).toEqual(first);
    expect(gaps.every((gap) => gap >= 0)).toBe(true);
    expect(mean).toBeCloseTo(0.1, 2);
    expect(variance / mean ** 2).toBeCloseTo(1, 1); // exponential
  });

  test('of a mix of sizes hold the mix in every run of them', () => {
    const arrivals = parseBurst('1000', parseSizes('70% 10 MB, 20% 500 MB, 10% 5 GB'));
    const sizes = walk(arrivals).map(([, sizeBytes]) => sizeBytes);

    for (const from of [0, 100, 550]) {
      const some = sizes.slice(from, from + 100);
      expect(some.filter((size) => size === 10 * MB).length).toBeCloseTo(70, -0.5);
      expect(some.filter((size) => size === 5_000 * MB).length).toBeCloseTo(10, -0.5);
    }
    expect(sizes.filter((size) => size === 500 * MB)).toHaveLength(200);
  });

  test.each([
    ['10 of 1 GB', /burst: expected a whole number/],
    ['10', /--sizes/],
    ['0 x 1 GB', /whole number from 1/],
    ['10 x 1 XB', /size: expected one like 100 MB/],
    ['200,000,000 x 1 GB', /1 to 100,000,000 objects/],
  ])('of the burst "%s" are refused with what was expected', (text, message) => {
    expect(() => parseBurst(text, undefined)).toThrow(message);
  });

  test.each([
    ['50 a second', /rate: expected one like/],
    ['50/s for ever', /time: expected/],
    ['-1/s for 1h', /rate: expected a number above 0/],
  ])('of the rate "%s" are refused with what was expected', (text, message) => {
    expect(() => parseRate(text, parseSizes('1'))).toThrow(message);
  });
});

describe('a CSV of arrivals', () => {
  test('has times in seconds, sizes with units, and counts; its order does not matter', async () => {
    const arrivals = await readArrivalsCsv(
      ['time,size,count', '10,1 MB,2', '', '2.5,5', '"11","7"'],
      'a.csv',
    );

    expect(walk(arrivals)).toEqual([
      [2.5, 5],
      [10, MB],
      [10, MB],
      [11, 7],
    ]);
  });

  test('may have dates, which count from the earliest', async () => {
    const arrivals = await readArrivalsCsv(['2026-01-31T08:01:00Z,1', '2026-01-31T08:00:00Z,2'], 'a.csv');

    expect(walk(arrivals)).toEqual([
      [0, 2],
      [60, 1],
    ]);
  });

  test.each([
    [['1,2', '3'], 'line 2: expected time,size[,count], got "3"'],
    [['1,2', '', 'soon,3'], 'line 3: time: expected seconds or a date'],
    [['1,2', '2,big'], 'line 2: size: expected bytes or one like 100 MB, got "big"'],
    [['1,2,0'], 'line 1: count: expected a whole number from 1, got "0"'],
    [['1,2', '2026-01-31,3'], 'line 2: times must all be seconds, or all be dates'],
    [['1,-2'], 'line 1: size'],
    [['1,2,3,4'], 'line 1: expected time,size[,count]'],
    [['time,size'], 'expected lines of time,size[,count], got none'],
  ])('%j is refused: %s', async (lines, message) => {
    await expect(readArrivalsCsv(lines, 'a.csv')).rejects.toThrow(message);
  });
});

test('sizes and times are as people write them', () => {
  expect([parseSize('4096'), parseSize('1.5gib'), parseSize('2 TB')]).toEqual([4_096, 1.5 * 2 ** 30, 2e12]);
  expect([parseSeconds('90s'), parseSeconds('30 min'), parseSeconds('hour')]).toEqual([90, 1_800, 3_600]);
  expect(parseTarget('10,000 x 1 GB in an hour')).toEqual({
    objects: 10_000,
    sizeBytes: 1e9,
    seconds: 3_600,
  });
  expect(() => parseTarget('10,000 x 1 GB')).toThrow(/target: expected one like/);
});
