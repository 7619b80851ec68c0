import { describe, expect, test } from 'vitest';
import type { Comparison, ComparisonRow } from '../../bench/comparison.js';
import { planBench, SECTION_NAMES } from '../../bench/plan.js';
import { barsOf, drawPlot } from '../../bench/report/draw-plot.js';
import { renderResults } from '../../bench/report/render-results.js';
import { renderTable, withSpread } from '../../bench/report/render-table.js';
import type { BenchResults } from '../../bench/results.js';
import { judge } from '../../bench/targets.js';
import { summarize, type Summary } from '../../bench/statistics.js';

const of = (value: number): Summary => summarize([value]);

function row(id: ComparisonRow['id'], changes: Partial<ComparisonRow> = {}): ComparisonRow {
  return {
    id,
    title: id,
    cpuSecondsPerGB: of(1.2),
    megabytesPerSecond: of(800),
    peakRssMB: of(70),
    startUpCpuSeconds: of(0.2),
    marginalCpuSecondsPerGB: of(1),
    toFloor: undefined,
    marginalToFloor: undefined,
    engineToThis: undefined,
    marginalEngineToThis: undefined,
    ...changes,
  };
}

const COMPARISON: Comparison = {
  protocol: 'http',
  algorithm: 'sha1',
  sizeBytes: 1_000_000_000,
  floor: {
    cpuSecondsPerGB: of(0.95),
    marginalCpuSecondsPerGB: of(0.94),
    drainCpuSecondsPerGB: of(0.37),
    hashCpuSecondsPerGB: of(0.58),
    hashTitle: 'node:crypto',
  },
  rows: [
    row('engine-native', { toFloor: of(1.26), marginalToFloor: of(1.06) }),
    row('python', { engineToThis: of(0.9), marginalEngineToThis: of(0.95) }),
  ],
};

const RESULTS: BenchResults = {
  startedAt: '2026-11-22T10:00:00.000Z',
  seconds: 1_500,
  plan: planBench(SECTION_NAMES, false),
  machine: {
    cpu: 'A CPU',
    cores: 2,
    memoryGB: 24,
    system: 'Linux 6',
    busyCpusBefore: 0.1,
    versions: { Node: '20' },
  },
  accountedBy: "the kernel's control groups (version 1)",
  accounting: [{ title: 'one process', knownCpuSeconds: 0.4, countedCpuSeconds: 0.41 }],
  skipped: [{ title: 'rclone', reason: 'not installed' }],
  comparisons: [COMPARISON],
  oneReads: [],
  memory: [
    { protocol: 'http', sizeBytes: 1, rangeBytes: 1, peakRssMB: summarize([60, 81]) },
    { protocol: 'https', sizeBytes: 1, rangeBytes: 1, peakRssMB: of(70) },
  ],
  classes: [],
  pipeline: undefined,
};

function verdictsOf(results: BenchResults, title: string) {
  return judge(results).filter((verdict) => verdict.title.includes(title));
}

describe('the verdicts', () => {
  test('follow from the figures, with and without start-up', () => {
    const [whole, marginal] = verdictsOf(RESULTS, 'HTTP: engine ÷ floor');

    expect(whole).toMatchObject({ limit: 1.1, value: 1.26, isReached: false });
    expect(marginal).toMatchObject({ limit: 1.1, value: 1.06, isReached: true });
  });

  test('reach a limit by equalling it', () => {
    expect(verdictsOf(RESULTS, "HTTP: engine ÷ Python's")[0]).toMatchObject({ value: 0.9, isReached: true });
  });

  test('take the greatest peak of memory, not its median', () => {
    expect(verdictsOf(RESULTS, 'peak RSS')[0]).toMatchObject({ value: 81, isReached: false });
  });

  test('say nothing of what was not measured', () => {
    for (const title of [
      'HTTPS: engine ÷ floor',
      'AWS SDK',
      'in one read',
      'Temporal',
      'class',
      'control group',
    ]) {
      expect(verdictsOf(RESULTS, title).length).toBeGreaterThan(0);
      for (const verdict of verdictsOf(RESULTS, title)) {
        expect(verdict).toMatchObject({ value: undefined, isReached: undefined });
      }
    }
  });

  test('say nothing of a ratio that noise turned below zero', () => {
    const rows = [row('engine-native', { toFloor: of(1), marginalToFloor: of(-0.3) })];
    const noisy = { ...RESULTS, comparisons: [{ ...COMPARISON, rows }] };

    expect(verdictsOf(noisy, 'HTTP: engine ÷ floor')[1]).toMatchObject({ value: -0.3, isReached: undefined });
  });

  test('of the classes need HTTPS', () => {
    const inClass = {
      memoryMB: 128,
      sizeBytes: 1,
      rows: [],
      pythonToEngine: of(0.5),
      marginalPythonToEngine: of(0.6),
    } as const;
    const reached = (protocol: 'http' | 'https') =>
      verdictsOf({ ...RESULTS, classes: [{ ...inClass, protocol }] }, 'inside the 128 MB class: Python').map(
        (v) => v.isReached,
      );

    expect(reached('https')).toEqual([true, true]);
    expect(reached('http')).toEqual([undefined, undefined]);
  });

  test('of the pipeline and the smallest class come from their own figures', () => {
    const one = {
      sizeBytes: 1,
      worker: of(1),
      marginalEngine: of(1),
      megabytesPerSecond: of(1),
      workerPeakRssMB: 100,
    };
    const pipeline = {
      comparisons: [{ ...one, protocol: 'http', memoryMB: 512, toEngine: of(1.2) }],
      confined: [
        {
          memoryMB: 128,
          protocol: 'https',
          sizeBytes: 1,
          seconds: 1,
          cgroupPeakMB: 64,
          peakRssMB: 90,
          pythonSeconds: 1.25,
        },
      ],
    } as const;
    const results = { ...RESULTS, pipeline };

    expect(verdictsOf(results, 'Temporal, HTTP:')[0]).toMatchObject({ value: 1.2, isReached: false });
    expect(verdictsOf(results, 'control group')[0]).toMatchObject({ value: 64, isReached: true });
    expect(verdictsOf(results, 'whole pipeline in the limits of the 128 MB class')).toContainEqual(
      expect.objectContaining({ value: 0.8, isReached: true }),
    );
    expect(verdictsOf(results, "256 MB class's worker")[0]).toMatchObject({ value: undefined });
  });
});

describe('RESULTS.md', () => {
  const text = renderResults(RESULTS);

  test('says when, on what, with which versions, and what was left out', () => {
    for (const fact of ['2026-11-22, A CPU, 2 cores', 'Node: 20', 'rclone: not installed', '25 minutes']) {
      expect(text).toContain(fact);
    }
  });

  test('warns of a busy machine and of a quick run, and only then', () => {
    const busy = renderResults({
      ...RESULTS,
      plan: planBench(SECTION_NAMES, true),
      machine: { ...RESULTS.machine, busyCpusBefore: 1.5 },
    });

    expect(busy).toContain('busy with other work');
    expect(busy).toContain('A quick run');
    expect(text).not.toContain('busy with other work');
    expect(text).not.toContain('A quick run');
  });

  test('has a verdict on each target, and says where one was missed', () => {
    expect(text).toMatch(/HTTP: engine ÷ floor \| whole processes.*\| 1\.10 \| 1\.26 \| \*\*no\*\* \|/);
    expect(text).toMatch(/HTTP: engine ÷ floor \| both without.*\| 1\.10 \| 1\.06 \| yes \|/);
    expect(text).toMatch(/through Temporal, HTTP:.*\| – \| not measured \|/);
  });
});

describe('a table', () => {
  test('keeps a bar inside a cell', () => {
    expect(renderTable(['a'], [['x | y']])).toBe('| a |\n| --- |\n| x \\| y |');
  });

  test('shows median, least and greatest, and a dash for nothing', () => {
    expect(withSpread(summarize([1, 2, 4]), 1)).toBe('2.0 (1.0–4.0)');
    expect(withSpread(undefined, 1)).toBe('–');
  });
});

describe('the plot', () => {
  test('has the floor first, and every reader’s start-up apart from the rest', () => {
    const [floor, engine] = barsOf(COMPARISON);

    expect(floor).toMatchObject({ name: 'floor', drain: 0.37, hash: 0.58, total: 0.95 });
    expect(engine).toMatchObject({ name: 'midstate, native', startUp: 0.2, work: 1, total: 1.2 });
  });

  test('is an SVG that names every contender and its figure', () => {
    const svg = drawPlot([COMPARISON]);

    for (const word of ['<svg', 'midstate, native', 'Python loop', 'floor', '0.95', 'sha1 over HTTP']) {
      expect(svg).toContain(word);
    }
  });
});

describe('the plan', () => {
  test('is smaller when it is quick, but has the same sections', () => {
    const [full, quick] = [planBench(['engine'], false), planBench(['engine'], true)];

    expect(quick.sections).toEqual(full.sections);
    expect(quick.objectBytes).toBeLessThan(full.objectBytes);
    expect(full.rounds).toBeGreaterThanOrEqual(5);
  });

  test('asks for GETs of whole blocks only', () => {
    for (const isQuick of [true, false]) {
      for (const bytes of planBench([], isQuick).memoryRangeBytes) expect(bytes % 128).toBe(0);
    }
  });
});
