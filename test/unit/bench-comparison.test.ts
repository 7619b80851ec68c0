import { describe, expect, test } from 'vitest';
import { compareSeries, cheapestHash, type Series } from '../../bench/comparison.js';
import { requireRightResult, type Sample } from '../../bench/compare.js';
import type { ContenderId } from '../../bench/peers/contender.js';

const GB = 1_000_000_000;
const HTTP_SHA1 = { protocol: 'http', algorithm: 'sha1' } as const;

function sample(cpuSeconds: number, ownCpuSeconds?: number): Sample {
  return {
    cpuSeconds,
    ownCpuSeconds,
    waitedCpuSeconds: cpuSeconds,
    accountedBy: 'cgroup',
    wallSeconds: 2,
    peakRssBytes: 50_000_000,
    cgroupPeakBytes: undefined,
    stdout: '',
  };
}

function reader(id: ContenderId, whole: number[], startUps: number[]): Series {
  return { id, title: id, samples: whole.map((s) => sample(s)), startUps: startUps.map((s) => sample(s)) };
}

function hash(id: ContenderId, own: number[]): Series {
  return { id, title: id, samples: own.map((s) => sample(99, s)), startUps: undefined };
}

const SERIES = [
  reader('engine-native', [1.2, 1.2, 2.4], [0.2, 0.2, 0.4]),
  reader('python', [1.6, 1.6, 3.2], [0.4, 0.4, 0.8]),
  reader('curl', [0.4, 0.4, 0.8], [0.1, 0.1, 0.2]),
  hash('hash-native', [0.7, 0.7, 1.4]),
  hash('hash-node', [0.6, 0.6, 1.2]),
];

describe('a comparison', () => {
  const { rows, floor } = compareSeries({ ...HTTP_SHA1, sizeBytes: GB }, SERIES);
  const rowOf = (id: ContenderId) => rows.find((row) => row.id === id)!;

  test('has a row for every reader, and none for the hash alone', () => {
    expect(rows.map(({ id }) => id)).toEqual(['engine-native', 'python', 'curl']);
  });

  test('has for its floor the drain and the cheaper hash, by that hash’s own clock', () => {
    expect(floor!.hashTitle).toBe('hash-node');
    expect(floor!.cpuSecondsPerGB.median).toBeCloseTo(1.0);
    expect(floor!.marginalCpuSecondsPerGB.median).toBeCloseTo(0.9);
  });

  test('counts start-up into the whole and takes it out of the rest', () => {
    const native = rowOf('engine-native');

    expect(native.cpuSecondsPerGB.median).toBeCloseTo(1.2);
    expect(native.marginalCpuSecondsPerGB.median).toBeCloseTo(1.0);
    expect(native.startUpCpuSeconds.median).toBeCloseTo(0.2);
  });

  test('puts the engine over the floor and over each peer, both ways, untouched by a slow round', () => {
    expect(rowOf('engine-native').toFloor).toMatchObject({ median: 1.2, runs: 3 });
    expect(rowOf('engine-native').marginalToFloor!.max).toBeCloseTo(1.0 / 0.9);
    expect(rowOf('python').engineToThis!.max).toBeCloseTo(0.75);
    expect(rowOf('python').marginalEngineToThis!.median).toBeCloseTo(1.0 / 1.2);
    expect(rowOf('engine-native').engineToThis).toBeUndefined();
  });

  test('gives CPU-seconds and MB/s for a GB, whatever the size of the object', () => {
    const tenth = compareSeries({ ...HTTP_SHA1, sizeBytes: GB / 10 }, SERIES);

    expect(tenth.rows[0]!.cpuSecondsPerGB.median).toBeCloseTo(12);
    expect(tenth.rows[0]!.megabytesPerSecond.median).toBeCloseTo(50);
  });

  test('has no floor without curl, nor ratios to it', () => {
    const without = compareSeries(
      { ...HTTP_SHA1, sizeBytes: GB },
      SERIES.filter(({ id }) => id !== 'curl'),
    );

    expect(without.floor).toBeUndefined();
    expect(without.rows[0]!.toFloor).toBeUndefined();
  });
});

describe('the cheapest hash', () => {
  test('is the one with the least median, not the least single run', () => {
    const lucky = hash('hash-native', [0.1, 0.9, 0.9]);
    const steady = hash('hash-node', [0.6, 0.6, 0.6]);

    expect(cheapestHash([lucky, steady], GB)!.title).toBe('hash-node');
  });
});

describe('a result', () => {
  const object = { key: 'k', sizeBytes: 3, digests: { sha1: 'a9', md5: '90' } };
  const check = (id: ContenderId, algorithms: ('sha1' | 'md5' | 'sha256')[], results: string[]) => () => {
    requireRightResult({ id, title: id }, { object, algorithms }, results);
  };

  test('is right when it is every digest in the order asked for', () => {
    expect(check('python', ['sha1'], ['a9'])).not.toThrow();
    expect(check('engine-native', ['sha1', 'md5'], ['a9', '90'])).not.toThrow();
  });

  test.each([
    ['a wrong digest', ['sha1'], ['a8']],
    ['a missing one', ['sha1', 'md5'], ['a9']],
    ['one too many', ['sha1'], ['a9', '90']],
    ['none at all', ['sha1'], []],
    ['another order', ['sha1', 'md5'], ['90', 'a9']],
    ['a digest nobody knows', ['sha256'], ['']],
  ] as const)('fails the bench with %s', (_, algorithms, results) => {
    expect(check('python', [...algorithms], [...results])).toThrow('wrong result');
  });

  test('of curl is the count of its bytes', () => {
    expect(check('curl', ['sha1'], ['3'])).not.toThrow();
    expect(check('curl', ['sha1'], ['2'])).toThrow('expected=3, actual=2');
  });
});
