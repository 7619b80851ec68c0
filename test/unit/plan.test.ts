import { describe, expect, test } from 'vitest';
import { MEMORY_CLASSES_MB } from '../../src/core/memory-classes.js';
import { PRICES } from '../../src/core/prices.js';
import { alternativeOf, scenarioOf } from '../../src/cli/plan/scenario-options.js';
import { burstOf } from '../../src/planning/arrivals.js';
import { makePlan } from '../../src/planning/make-plan.js';
import { parseTarget } from '../../src/planning/parse-arrivals.js';
import { planPage } from '../../src/planning/plan-page.js';
import { seedPlan } from '../../src/planning/seed-preset.js';
import { cheapestOf, smallestOf, solveTarget } from '../../src/planning/solve-target.js';

const GB = 1_000_000_000;
const gigabytes = (objects: number) => burstOf(objects, [{ sizeBytes: GB, share: 1 }]);

describe('the seed’s plan', () => {
  const plan = seedPlan();

  test('is 30 + 390 + 750 = 1,170 objects in three minutes, by 5, 65 and 125 workers', () => {
    expect(plan.perMinute).toEqual([30, 390, 750]);
    expect(plan.total).toBe(1_170);
    expect(plan.workers).toEqual([5, 65, 125]);
    expect(plan.oldestSeconds).toEqual([60, 120, 180]);
    expect(plan.classes[0]?.workerHours).toBeCloseTo((5 + 65 + 125) / 60);
    expect(plan.bottleneck.name).toBe('scaling up');
  });

  test('has about 3,400 against about 2,400 objects of 100 MB an hour', () => {
    expect(plan.anHour).toEqual([
      { memoryMB: 2048, secondsAnObject: 1.06, objects: 3_396 },
      { memoryMB: 512, secondsAnObject: 1.5, objects: 2_400 },
    ]);
  });
});

describe('a plan', () => {
  test('routes by size, as the poller does, and leaves out classes that get nothing', () => {
    const sizes = [
      { sizeBytes: 10_000_000, share: 1 },
      { sizeBytes: GB, share: 1 },
    ];
    const plan = makePlan(burstOf(100, sizes), scenarioOf({ workers: '10' }));

    expect(plan.classes.map(({ memoryMB, objects }) => [memoryMB, objects])).toEqual([
      [256, 50],
      [512, 50],
    ]);
    expect(plan.workers[0]).toBe(20);
  });

  test('names what holds it up', () => {
    const nameOf = (options: Parameters<typeof scenarioOf>[0]) =>
      makePlan(gigabytes(1_000), scenarioOf({ memoryClass: '512', ...options })).bottleneck;

    expect(nameOf({ workers: '5' })).toMatchObject({ name: 'number of workers', memoryMB: 512 });
    expect(nameOf({ workers: '1000' })).toMatchObject({ name: 'speed of one worker', share: 1 });
    expect(nameOf({ workers: '1000', startsPerS: '2' })).toMatchObject({ name: 'starting jobs' });
    expect(nameOf({ scaling: 'lambda' })).toMatchObject({ name: 'scaling up' });
  });

  test('costs what its counts come to', () => {
    const lambda = makePlan(
      gigabytes(1_000),
      scenarioOf({ memoryClass: '512', scaling: 'lambda', overheadMs: '0' }),
    );
    const fixed = makePlan(
      gigabytes(1_000),
      scenarioOf({ memoryClass: '512', workers: '10', temporal: 'self-hosted', overheadMs: '0' }),
    );

    // 1 TB at 70 MB/s in half a GB of memory.
    expect(lambda.counts.gbSeconds).toBeCloseTo((1_000_000 / 70) * 0.5, 0);
    expect(lambda.cost.compute).toBeCloseTo(
      lambda.counts.gbSeconds * PRICES.lambdaPerGBSecond + 1_000 * (PRICES.lambdaInvocationsPerMillion / 1e6),
    );
    expect(lambda.counts.s3Gets).toBe(1_000 * 51);
    // Start, describe, upsert, a range, and a heartbeat each 1.5 s of 14.3 s.
    expect(lambda.counts.temporalActions).toBe(1_000 * (3 + 1 + 9));
    expect(lambda.cost.temporal).toBeCloseTo(13_000 * (50 / 1e6));
    expect(lambda.cost.perTB).toBeCloseTo(lambda.cost.total);
    expect(fixed.cost.temporal).toBe(0);
    const hours = (10 * fixed.drainSeconds) / 3_600;
    expect(fixed.cost.compute).toBeCloseTo(
      hours * ((512 / 1_769) * PRICES.fargatePerVcpuHour + 0.5 * PRICES.fargatePerGBHour),
    );
  });

  test('shares a worker’s speed between the objects it hashes at once', () => {
    const one = makePlan(gigabytes(40), scenarioOf({ memoryClass: '512', workers: '10', overheadMs: '0' }));
    const four = makePlan(
      gigabytes(40),
      scenarioOf({ memoryClass: '512', workers: '10', overheadMs: '0', objectsAtOnce: '4' }),
    );

    expect(four.drainSeconds).toBeCloseTo(one.drainSeconds);
    expect(four.counts.gbSeconds).toBeCloseTo(one.counts.gbSeconds);
    expect(four.toDigestSeconds.p50).toBeGreaterThan(one.toDigestSeconds.p50);
  });

  test('has alternatives that keep what they do not change', () => {
    const base = { workers: '10', memoryClass: '512', mbPerS: '123' };
    const other = alternativeOf('lambda max-workers=100', base);

    expect(other).toMatchObject({
      name: 'lambda max-workers=100',
      memoryClass: 512,
      scaling: { name: 'lambda', mostWorkers: 100, workers: undefined },
    });
    expect(other.speeds.get(512)?.megabytesPerSecond).toBe(123);
    expect(() => alternativeOf('lambda fast', base)).toThrow(/compare: expected words like workers=…/);
  });

  test.each([
    [{ scaling: 'magic' }, /scaling: expected one of fixed, lambda/],
    [{ memoryClass: '300' }, /memory class: expected route or one of 128/],
    [{ mbPerS: '300=5' }, /MB\/s: expected one number, or a list/],
    [{ workers: '0' }, /workers: expected a whole number from 1/],
    [{ temporal: 'none' }, /temporal: expected cloud or self-hosted/],
    [{ overheadMs: '-1' }, /overhead-ms/],
  ])('refuses %j with what was expected', (options, message) => {
    expect(() => scenarioOf(options)).toThrow(message);
  });
});

describe('a target', () => {
  test('is reached by the smallest fleet, and not by one worker less', () => {
    const target = parseTarget('10,000 x 1 GB in 1h');
    const scenario = scenarioOf({});
    const answers = solveTarget(target, scenario);

    expect(answers.map(({ memoryMB }) => memoryMB)).toEqual([...MEMORY_CLASSES_MB]);
    for (const answer of answers) {
      if (!('workers' in answer)) throw new Error(answer.reason);
      expect(answer.plan.drainSeconds).toBeLessThanOrEqual(3_600);
      const less = makePlan(gigabytes(10_000), {
        ...scenario,
        memoryClass: answer.memoryMB,
        scaling: { name: 'fixed', workers: answer.workers - 1 },
      });
      expect(less.drainSeconds).toBeGreaterThan(3_600);
    }
    // 14.33 s an object: 251 in an hour.
    expect(answers[2]).toMatchObject({ memoryMB: 512, workers: 40 });
    expect(smallestOf(answers)?.memoryMB).toBe(256);
    expect(cheapestOf(answers)?.memoryMB).toBe(512);
  });

  test('that one object alone misses has no fleet, and says why', () => {
    const [answer] = solveTarget(parseTarget('3 x 5 GB in 1m'), scenarioOf({ memoryClass: '512' }));

    expect(answer).toEqual({ memoryMB: 512, reason: '72 s at best: speed of one worker' });
  });

  test('is solved for the maximum concurrency of Lambda too', () => {
    const [answer] = solveTarget(
      parseTarget('10,000 x 1 GB in 1h'),
      scenarioOf({ memoryClass: '512', scaling: 'lambda' }),
    );

    expect(answer).toMatchObject({ workers: 41 });
  });
});

describe('the page', () => {
  test('holds charts and figures, asks nobody for anything, and takes a name for what it is', () => {
    const plan = makePlan(gigabytes(1_000), { ...scenarioOf({ workers: '10' }), name: '<b>&' });
    const page = planPage([plan, plan]);

    expect(page.match(/<svg/g)!.length).toBeGreaterThanOrEqual(9);
    expect(page).toContain('&lt;b&gt;&amp;');
    expect(page).not.toContain('<b>');
    expect(page).not.toMatch(/<script|<link|@import/);
    expect(page.replaceAll('http://www.w3.org/', '')).not.toMatch(/(?:src|href)="http|url\(http/);
    expect(page).toContain('number of workers');
  });
});
