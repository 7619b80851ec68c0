import { describe, expect, test } from 'vitest';
import { atRate, burstOf, listed } from '../../src/planning/arrivals.js';
import { scalingOf, type ScalingChoice } from '../../src/planning/scaling.js';
import { simulate, type SimulationInput } from '../../src/planning/simulate.js';
import { SlotHeap } from '../../src/planning/slot-heap.js';

const ONE_SIZE = [{ sizeBytes: 1_000_000, share: 1 }];

/** One class whose objects take so many seconds each, or so many for each byte. */
function run(
  arrivals: SimulationInput['arrivals'],
  scaling: ScalingChoice,
  {
    seconds = 10,
    slotsPerWorker = 1,
    ...rest
  }: { seconds?: number; slotsPerWorker?: number } & Partial<
    Pick<SimulationInput, 'startsPerSecond' | 'horizonSeconds'>
  > = {},
) {
  const station = {
    memoryMB: 512 as const,
    scaling: scalingOf(scaling),
    slotsPerWorker,
    secondsFor: () => seconds,
  };
  return simulate({ arrivals, stations: [station], stationOf: () => 0, ...rest });
}

describe('the simulator', () => {
  test.each([
    { objects: 100, workers: 1, slotsPerWorker: 1, rounds: 100 },
    { objects: 100, workers: 7, slotsPerWorker: 1, rounds: 15 },
    { objects: 100, workers: 7, slotsPerWorker: 4, rounds: 4 },
  ])(
    'works a burst of $objects off in $rounds rounds of $workers workers with $slotsPerWorker slots',
    ({ objects, workers, slotsPerWorker, rounds }) => {
      const found = run(burstOf(objects, ONE_SIZE), { name: 'fixed', workers }, { slotsPerWorker });

      expect(found.done).toBe(objects);
      expect(found.endSeconds).toBeCloseTo(rounds * 10);
      expect(found.toDigestSeconds.max).toBeCloseTo(rounds * 10);
      expect(found.donePerMinute.reduce((sum, done) => sum + done, 0)).toBe(objects);
      expect(found.stations[0]!.slotSeconds).toBeCloseTo(objects * 10);
      expect(found.stations[0]!.workerSeconds).toBeCloseTo(workers * rounds * 10);
    },
  );

  test.each([0.5, 0.8, 0.9])(
    'lets random arrivals wait as long as queueing theory says, at a load of %d (M/D/1)',
    (load) => {
      const seconds = 1;
      const found = run(
        atRate([{ perSecond: load, seconds: 400_000 }], ONE_SIZE, 7),
        { name: 'fixed', workers: 1 },
        { seconds },
      );

      const meanWait = found.stations[0]!.workersWaitSeconds / found.done;
      // Pollaczek and Khinchine, with service times that do not vary.
      const expected = (load * seconds) / (2 * (1 - load));
      expect(meanWait / expected).toBeGreaterThan(0.93);
      expect(meanWait / expected).toBeLessThan(1.07);
    },
  );

  test('counts at the end of each minute what waits, and how old the oldest is', () => {
    const found = run(burstOf(20, ONE_SIZE), { name: 'fixed', workers: 1 });

    // 10 s each: begun at 0, 10, … 190; at second 60 the seventh is about to begin.
    expect(found.waiting).toEqual([13, 7, 1, 0]);
    expect(found.oldestSeconds).toEqual([60, 120, 180, 0]);
    expect(found.donePerMinute).toEqual([6, 6, 6, 2]);
  });

  test('gives percentiles that occurred', () => {
    const found = run(burstOf(100, ONE_SIZE), { name: 'fixed', workers: 1 }, { seconds: 1 });

    expect(found.toDigestSeconds).toEqual({ p50: 50, p95: 95, p99: 99, max: 100 });
  });

  test('tells waits for the start of jobs, for workers to come, and for workers, apart', () => {
    const gated = run(burstOf(100, ONE_SIZE), { name: 'fixed', workers: 1_000 }, { startsPerSecond: 2 });
    const few = run(burstOf(100, ONE_SIZE), { name: 'fixed', workers: 2 });
    const growing = run(burstOf(100, ONE_SIZE), { name: 'lambda' });

    expect(gated.startingWaitSeconds).toBeCloseTo((100 * 99) / 2 / 2);
    expect(gated.stations[0]).toMatchObject({ scalingWaitSeconds: 0, workersWaitSeconds: 0 });
    expect(few.startingWaitSeconds).toBe(0);
    expect(few.stations[0]!.workersWaitSeconds).toBeCloseTo(2 * 10 * ((50 * 49) / 2));
    expect(growing.stations[0]!.workersWaitSeconds).toBe(0);
    expect(growing.stations[0]!.scalingWaitSeconds).toBeGreaterThan(0);
  });

  test('looks no further than the horizon', () => {
    const found = run(burstOf(100, ONE_SIZE), { name: 'fixed', workers: 1 }, { horizonSeconds: 95 });

    expect(found.done).toBe(9);
    expect(found.objects).toBe(100);
  });

  test('keeps classes apart', () => {
    const sizes = [
      { sizeBytes: 1, share: 1 },
      { sizeBytes: 2, share: 1 },
    ];
    const scaling = scalingOf({ name: 'lambda' });
    const found = simulate({
      arrivals: burstOf(2_000, sizes),
      stations: [1, 100].map((seconds) => ({
        memoryMB: 512 as const,
        scaling,
        slotsPerWorker: 1,
        secondsFor: () => seconds,
      })),
      stationOf: (sizeBytes) => sizeBytes - 1,
    });

    expect(found.stations.map(({ objects }) => objects)).toEqual([1_000, 1_000]);
    // Neither waits for the other: the quick one needs 200 s with five workers, and grows before that.
    expect(found.stations[0]!.changes.map(({ workers }) => workers).slice(0, 2)).toEqual([5, 305]);
    expect(found.stations[1]!.changes.map(({ workers }) => workers).slice(0, 4)).toEqual([5, 305, 605, 905]);
    expect(found.endSeconds).toBe(280);
  });

  test('takes objects as they are listed', () => {
    const arrivals = listed(Float64Array.of(0, 100, 100), Float64Array.of(1, 2, 3));
    const found = run(arrivals, { name: 'fixed', workers: 1 });

    expect(found.arrivedPerMinute).toEqual([1, 2, 0].slice(0, found.arrivedPerMinute.length));
    expect(found.endSeconds).toBe(120);
  });

  test('refuses what would take more than ten years', () => {
    const slow = () => run(burstOf(1_000, ONE_SIZE), { name: 'fixed', workers: 1 }, { seconds: 1e6 });

    expect(slow).toThrow(/ten years/);
  });
});

describe('consumers', () => {
  const waiting = (name: ScalingChoice['name'], more: Partial<ScalingChoice> = {}) => {
    const found = run(burstOf(100_000, ONE_SIZE), { name, ...more }, { seconds: 30, horizonSeconds: 600 });
    return found.stations[0]!.changes.map(({ workers }) => workers);
  };

  test('of SQS-triggered Lambda as in 2021: 5, then 60 more a minute', () => {
    expect(waiting('lambda-2021').slice(0, 4)).toEqual([5, 65, 125, 185]);
  });

  test('of SQS-triggered Lambda now: 5, then 300 more a minute up to 1,250, or to the maximum concurrency', () => {
    expect(waiting('lambda')).toEqual([5, 305, 605, 905, 1_205, 1_250]);
    expect(waiting('lambda', { mostWorkers: 400 })).toEqual([5, 305, 400]);
  });

  test('of Kubernetes with KEDA: four more or twice as many each 15 s, up to the most', () => {
    expect(waiting('keda', { mostWorkers: 50 })).toEqual([1, 5, 10, 20, 40, 50]);
  });

  test('of KEDA go again once nothing has waited for five minutes; those of Lambda at the next look', () => {
    const arrivals = listed(
      Float64Array.from({ length: 201 }, (_, index) => (index < 200 ? 0 : 1_500)),
      new Float64Array(201).fill(1),
    );
    const changesOf = (name: ScalingChoice['name']) =>
      run(arrivals, { name }, { seconds: 10 }).stations[0]!.changes;

    const keda = changesOf('keda');
    const busiest = Math.max(...keda.map(({ workers }) => workers));
    const lastBusy = keda.findLast(({ workers }) => workers === busiest)!;
    const first = keda.find(({ atSeconds, workers }) => atSeconds > lastBusy.atSeconds && workers < busiest)!;
    expect(first.atSeconds).toBeGreaterThanOrEqual(300);
    expect(keda.at(-1)!.workers).toBe(1);
    expect(changesOf('lambda').map(({ workers }) => workers)).toEqual([5, 305, 5]);
  });

  test('take their first work when they have started', () => {
    const found = run(burstOf(10, ONE_SIZE), { name: 'lambda', startUpSeconds: 100 }, { seconds: 1_000 });

    expect(found.toDigestSeconds).toMatchObject({ p50: 1_000, max: 60 + 100 + 1_000 });
  });
});

test('the heap of slots keeps the earliest on top', () => {
  const heap = new SlotHeap();
  const times = Array.from({ length: 500 }, (_, index) => (index * 7_919) % 1_009);
  for (const time of times) heap.add(time);
  const sorted = [...times].sort((a, b) => a - b);

  const taken: number[] = [];
  for (let index = 0; index < 250; index++) {
    taken.push(heap.earliest);
    heap.removeEarliest();
  }
  heap.replaceEarliest(2_000);

  expect(taken).toEqual(sorted.slice(0, 250));
  expect(heap.earliest).toBe(sorted[251]);
  expect(heap.countLaterThan(1_009)).toBe(1);
});
