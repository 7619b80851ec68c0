import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseClassTable } from '../../src/core/class-table.js';
import { checkChunkFits } from '../../src/core/memory-classes.js';
import { tunedSpeeds } from '../../src/planning/tuned-speeds.js';
import { adviseOn, classTableOf } from '../../src/tuning/advise.js';
import { compareResults } from '../../src/tuning/compare-results.js';
import { SEED_TABLE, seedRowOf } from '../../src/tuning/seed-table.js';
import { tuneCsv } from '../../src/tuning/tune-csv.js';
import { readTuneResult } from '../../src/tuning/tune-result.js';
import { tuneTable } from '../../src/tuning/tune-table.js';
import { resultOf } from './tune-results.js';

const MB = 1_000_000;

/** As fast as its CPU up to a network of 72 MB/s, and a little slower with small chunks. */
const likeLambda = ({
  memoryMB,
  chunkSizeBytes,
  objectBytes,
  objectsAtOnce,
}: Parameters<Parameters<typeof resultOf>[1]>[0]) => {
  const speed = Math.min(72, memoryMB / 4) * (chunkSizeBytes < 20 * MB ? 0.9 : 1);
  return 0.2 + (objectsAtOnce * objectBytes) / MB / speed;
};

describe('advice', () => {
  const result = resultOf({}, likeLambda);
  const advice = adviseOn(result);

  test('takes for each class the smallest chunk that is as good as the fastest', () => {
    expect(advice.classes.map(({ memoryMB, chunkSizeBytes }) => [memoryMB, chunkSizeBytes / MB])).toEqual([
      [128, 20],
      [256, 20],
      [512, 20],
      [1024, 20],
      [2048, 20],
    ]);
  });

  test('takes the fastest class whose TB is about as cheap as the cheapest’s, and says why', () => {
    // 128 and 256 MB cost the same a TB; 512 MB is held up by the network, and costs nearly twice as much.
    expect(advice.sweetSpot?.memoryMB).toBe(256);
    expect(advice.reason).toMatch(/^256 MB with chunks of 20 MB: 6[0-9.]+ MB\/s at \$0\.0\d+/);
    expect(advice.reason).toContain('128 MB does');
    expect(advice.reason).toContain('512 MB does');
    expect(advice.whatWouldChangeIt.length).toBeGreaterThanOrEqual(3);
  });

  test('becomes a class table that a worker reads', () => {
    const table = parseClassTable(JSON.stringify(classTableOf(advice)));

    expect(Object.keys(table)).toEqual(['128', '256', '512', '1024', '2048']);
    expect(table[256]).toMatchObject({ chunkSizeBytes: 20 * MB, connectionsPerObject: 2 });
    expect(table[256]!.megabytesPerSecond).toBeGreaterThan(50);
  });

  test('of a run in which everything failed is that there is none', () => {
    const none = adviseOn(resultOf({ classesMB: [128] }, () => undefined));

    expect(none).toMatchObject({ classes: [], sweetSpot: undefined, reason: 'nothing was measured' });
  });
});

describe('the table', () => {
  test('has the seed’s figures beside, line for line', () => {
    const { head, rows } = tuneTable(resultOf({}, likeLambda));
    const [seed, used] = [head.indexOf('seed MB/s'), head.indexOf('seed memory')];

    expect(SEED_TABLE).toHaveLength(40);
    expect(rows).toHaveLength(80);
    expect(rows.filter((row) => row[seed] !== '')).toHaveLength(40);
    const row = rows.find(
      ([memory, chunk, object]) => memory === '512 MB' && chunk === '20 MB' && object === '500 MB',
    )!;
    expect([row[seed], row[used]]).toEqual(['93.3', '137 MB']);
    expect(seedRowOf(128, 999_936, 100 * MB)?.averageMBPerSecond).toBe(16.13);
  });

  test('has columns for what is varied, and Python beside where it ran', () => {
    const { head, rows } = tuneTable(
      resultOf({ classesMB: [512], chunkBytes: [20 * MB], objectsAtOnce: [1, 4], python: true }, likeLambda),
    );

    expect(head).toEqual(expect.arrayContaining(['at once', 'Python MB/s']));
    expect(head).not.toContain('engine');
    expect(rows).toHaveLength(8);
    expect(rows.every((row) => row.length === head.length)).toBe(true);
  });

  test('says why a cell has no figures', () => {
    const { rows } = tuneTable(resultOf({ classesMB: [128], chunkBytes: [20 * MB] }, () => undefined));

    expect(rows[0]!.join(' ')).toContain('killed at its memory limit');
  });

  test('is CSV too', () => {
    const lines = tuneCsv(resultOf({}, likeLambda)).trim().split('\n');

    expect(lines).toHaveLength(81);
    expect(new Set(lines.map((line) => line.split(',').length)).size).toBe(1);
  });
});

describe('a saved run', () => {
  const saved = resultOf(
    { classesMB: [512], runs: 6 },
    (cell, round) => likeLambda(cell) * (1 + round / 200),
  );

  test('is not slower than itself', () => {
    expect(compareResults(saved, saved)).toEqual({ compared: 16, regressions: [] });
  });

  test('shows what has become slower by more than a tenth, or fails, and nothing else', () => {
    const now = resultOf({ classesMB: [512], runs: 6 }, (cell, round) => {
      const usual = likeLambda(cell) * (1 + round / 200);
      if (cell.objectBytes === 5_000 * MB) return undefined;
      if (cell.objectBytes === 1_000 * MB) return usual * 1.2;
      return cell.objectBytes === 500 * MB ? usual * 1.05 : usual * 0.5;
    });

    const { regressions } = compareResults(saved, now);

    expect(regressions).toHaveLength(8);
    expect(regressions.filter(({ nowMBPerSecond }) => nowMBPerSecond === undefined)).toHaveLength(4);
    expect(regressions.every(({ cell }) => /, [15] GB,/.test(cell))).toBe(true);
  });

  test('whose runs are spread does not accuse', () => {
    const spread = (from: number) =>
      resultOf({ classesMB: [512], objectBytes: [100 * MB], runs: 6 }, (_, round) => from + round);

    expect(compareResults(spread(1), spread(3)).regressions).toEqual([]);
  });

  test('is read from a file, and anything else refused', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'midstate-result-'));
    const [good, other, text] = ['good', 'other', 'text'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    await writeFile(good, JSON.stringify(saved));
    await writeFile(other, '{"format":1}');
    await writeFile(text, 'hello');

    expect(readTuneResult(good)).toEqual(JSON.parse(JSON.stringify(saved)));
    for (const file of [other, text]) expect(() => readTuneResult(file)).toThrow(/expected a result as/);
    await rm(folder, { recursive: true });
  });
});

describe('speeds from a tuning', () => {
  test('are a line through the sizes: what an object takes, and what its bytes take', () => {
    const speeds = tunedSpeeds(resultOf({ objectsAtOnce: [1, 4] }, likeLambda), 1);

    expect(speeds.get(256)!.megabytesPerSecond).toBeCloseTo(64, 3);
    expect(speeds.get(256)!.fixedSeconds).toBeCloseTo(0.2, 3);
    expect(speeds.get(256)!.source).toContain('tuned, 4 sizes');
  });

  test('with several objects at once are the worker’s', () => {
    const speeds = tunedSpeeds(resultOf({ objectsAtOnce: [1, 4] }, likeLambda), 4);

    expect(speeds.get(256)!.megabytesPerSecond).toBeCloseTo(64, 3);
  });

  test('of one size have no fixed part; of classes that were not measured they are the table’s', () => {
    const speeds = tunedSpeeds(
      resultOf({ classesMB: [512], objectBytes: [100 * MB] }, () => 2),
      1,
    );

    expect(speeds.get(512)).toMatchObject({ fixedSeconds: 0, megabytesPerSecond: 50 });
    expect(speeds.get(128)?.source).toContain('table of classes');
  });

  test('that were not measured so are refused, with what there is', () => {
    expect(() => tunedSpeeds(resultOf({ classesMB: [512] }, likeLambda), 8)).toThrow(
      /no speeds of 8 objects at once; it has those of 1:/,
    );
  });
});

describe('a class table', () => {
  test.each([
    ['{', /expected JSON/],
    ['[]', /expected an object of classes/],
    ['{"300":{}}', /expected classes of 128/],
    ['{"512":5}', /expected settings of 512 MB/],
    ['{"512":{"slots":5}}', /expected settings of chunkSizeBytes/],
    ['{"512":{"chunkSizeBytes":100}}', /chunk size: expected a positive multiple/],
    ['{"512":{"connectionsPerObject":17}}', /fitting connectionsPerObject of 512 MB, got 17/],
  ])('%s is refused', (text, message) => {
    expect(() => parseClassTable(text)).toThrow(message);
  });

  test('whose class was measured faster lets it have larger chunks', () => {
    expect(() => checkChunkFits(50 * MB, 128)).toThrow(/does not fit the 128 MB class/);
    expect(checkChunkFits(50 * MB, 128, 30)).toBe(50 * MB);
  });
});
