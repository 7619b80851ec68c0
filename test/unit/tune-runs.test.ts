import { appendFileSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { matrixOf, networkOf } from '../../src/cli/tune/matrix-options.js';
import { cellId, setupOf } from '../../src/tuning/cell.js';
import { cellsOf, FULL_MATRIX, QUICK_MATRIX } from '../../src/tuning/matrix.js';
import { orderRuns } from '../../src/tuning/run-order.js';
import { StateFile, type Run } from '../../src/tuning/state-file.js';

const options = { python: true, prefix: 'p/' };

describe('the matrix', () => {
  test('is the seed’s unless it is told otherwise: 5 classes, 4 chunks, 4 objects, 2 runs, and Python beside', () => {
    const matrix = matrixOf(options, true);
    const cells = cellsOf(matrix);

    expect(matrix.runs).toBe(2);
    expect(cells.filter(({ runner }) => runner === 'native')).toHaveLength(5 * 4 * 4);
    expect(cells.filter(({ runner }) => runner === 'python')).toHaveLength(5 * 4 * 4);
    expect(new Set(cells.map(cellId)).size).toBe(cells.length);
  });

  test('has what is given, sizes in MB where no unit is', () => {
    const matrix = matrixOf(
      {
        ...options,
        ...{ classes: '128, 512', chunks: '1,20 MB', objects: '100,1 GB', connections: '1,2', atOnce: '1,4' },
        ...{ algorithms: ['sha1', 'sha256,crc64nvme'], engines: 'native,portable', runs: '6' },
      },
      false,
    );

    expect(matrix).toMatchObject({
      classesMB: [128, 512],
      chunkBytes: [999_936, 20_000_000],
      objectBytes: [100_000_000, 1_000_000_000],
      algorithms: [['sha1'], ['sha256', 'crc64nvme']],
      runs: 6,
    });
    expect(cellsOf(matrix)).toHaveLength(2 * 2 * 2 * 2 * 2 * 2 * 2);
  });

  test('with --quick is small', () => {
    const bytes = cellsOf({ ...QUICK_MATRIX, python: true }).reduce(
      (sum, { objectBytes, objectsAtOnce }) => sum + objectBytes * objectsAtOnce,
      0,
    );

    expect(bytes * QUICK_MATRIX.runs).toBeLessThan(6e9);
  });

  test.each([
    [{ classes: '300' }, /classes: expected some of 128/],
    [{ chunks: 'big' }, /size: expected/],
    [{ engines: 'fast' }, /engines: expected some of native, portable/],
    [{ connections: '17' }, /connections: expected at most 16/],
    [{ runs: '0' }, /runs: expected a whole number/],
    [{ algorithms: ['sha3'] }, /sha3/],
  ])('refuses %j with what was expected', (given, message) => {
    expect(() => matrixOf({ ...options, ...given }, false)).toThrow(message);
  });

  test('refuses more connections than a class has room for', () => {
    expect(() => cellsOf({ ...FULL_MATRIX, classesMB: [128], connections: [16], python: false })).toThrow(
      /do not fit the 128 MB class/,
    );
  });

  test('shapes the network of the embedded server only', () => {
    expect(networkOf({ ...options, latencyMs: '30', bandwidthMbPerS: '85' })).toEqual({
      latencyMs: 30,
      megabytesPerSecond: 85,
    });
    expect(() => networkOf({ ...options, bucket: 'b', latencyMs: '30' })).toThrow(/not to --bucket/);
  });
});

describe('the order of runs', () => {
  const cells = cellsOf({ ...FULL_MATRIX, python: true });
  const order = (seed: number, isDone: (id: string, round: number) => boolean = () => false) =>
    orderRuns(cells, 2, seed, isDone);
  const flat = (blocks: ReturnType<typeof order>) =>
    blocks.flatMap(({ round, cells: some }) => some.map((cell) => `${cellId(cell)}#${String(round)}`));

  test('has each cell once a round, those of one worker together, at random, the same for the same seed', () => {
    const blocks = order(1);

    expect(flat(blocks)).toHaveLength(cells.length * 2);
    expect(new Set(flat(blocks)).size).toBe(cells.length * 2);
    for (const { setup, cells: some } of blocks)
      for (const cell of some) expect(setupOf(cell)).toEqual(setup);
    expect(flat(order(1))).toEqual(flat(blocks));
    expect(flat(order(2))).not.toEqual(flat(blocks));
    const rounds = blocks.map(({ round }) => round);
    expect(rounds).not.toEqual([...rounds].sort((a, b) => a - b));
  });

  test('leaves out what is done, and keeps the order of the rest', () => {
    const all = flat(order(1));
    const done = new Set(all.slice(0, 57));

    const rest = flat(order(1, (id, round) => done.has(`${id}#${String(round)}`)));

    expect(rest).toEqual(all.slice(57));
  });
});

describe('the state file', () => {
  let folder: string;
  const run = (round: number): Run => ({ kind: 'run', cell: 'a', round, seconds: round });

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'midstate-tune-'));
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('has what was added, after a kill too that cut its last line', async () => {
    const file = join(folder, 'below', 'runs.jsonl');
    const state = await StateFile.open(file, { a: 1 }, false);
    state.add(run(1));
    state.add({ kind: 'object', key: 'k', etag: 'e', sizeBytes: 5, sha1: 'ä' });
    appendFileSync(file, JSON.stringify(run(2)).slice(0, 20));

    const again = await StateFile.open(file, { a: 1 }, false);
    again.add(run(3));
    const third = await StateFile.open(file, { a: 1 }, false);

    expect(again.header).toEqual(state.header);
    expect(third.runs).toEqual([run(1), run(3)]);
    expect([third.isDone('a', 1), third.isDone('a', 2)]).toEqual([true, false]);
    expect(third.objectOf('k')?.sha1).toBe('ä');
  });

  test('of another matrix is refused, and forgotten when asked', async () => {
    const file = join(folder, 'other.jsonl');
    (await StateFile.open(file, { a: 1 }, false)).add(run(1));

    await expect(StateFile.open(file, { a: 2 }, false)).rejects.toThrow(/another matrix; give --fresh/);
    expect((await StateFile.open(file, { a: 2 }, true)).runs).toEqual([]);
    expect(readFileSync(file, 'utf8').trim().split('\n')).toHaveLength(1);
  });

  test('that is none is refused', async () => {
    const file = join(folder, 'text');
    await writeFile(file, 'hello\n');

    await expect(StateFile.open(file, {}, false)).rejects.toThrow(/no state file \(line 1\)/);
  });
});
