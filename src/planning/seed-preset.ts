import { burstOf } from './arrivals.js';
import { givenSpeeds, tableSpeeds } from './class-speeds.js';
import { makePlan, type Plan } from './make-plan.js';
import type { Scenario } from './scenario.js';

/** One setting's objects in an hour, by the seed's arithmetic. */
export interface HourOfSeed {
  readonly memoryMB: 512 | 2048;
  readonly secondsAnObject: number;
  readonly objects: number;
}

/** The seed's own plan. */
export interface SeedPlan extends Plan {
  readonly preset: 'seed';
  /** What the seed's text says; its total is right, two of its addends are not. */
  readonly seedSays: { readonly perMinute: readonly number[]; readonly total: number };
  /** One worker, 100 MB objects without end. */
  readonly anHour: readonly HourOfSeed[];
}

const GB = 1_000_000_000;
const MB = 1_000_000;
const SEED_MINUTES = 3;

/** Seconds that the seed measured for 100 MB. */
const SECONDS_OF_100_MB = { 2048: 1.06, 512: 1.5 } as const;

/**
 * The seed's plan: 1 GB objects without end at 100 MB/s (6 a minute a worker), consumers that grow from 5 by 60 a
 * minute; three minutes of it. And an hour of one worker with 100 MB objects, in two settings.
 */
export function seedPlan(): SeedPlan {
  const scenario: Scenario = {
    name: 'seed',
    scaling: { name: 'lambda-2021' },
    memoryClass: 2048,
    speeds: givenSpeeds('100', tableSpeeds()),
    objectsAtOnce: 1,
    overheadSeconds: 0,
    temporal: 'self-hosted',
  };
  const plan = makePlan(burstOf(10_000, [{ sizeBytes: GB, share: 1 }]), scenario, {
    horizonSeconds: SEED_MINUTES * 60,
  });
  return {
    ...plan,
    preset: 'seed',
    seedSays: { perMinute: [30, 380, 730], total: 1_170 },
    anHour: [hourOf(2048), hourOf(512)],
  };
}

function hourOf(memoryMB: 512 | 2048): HourOfSeed {
  const secondsAnObject = SECONDS_OF_100_MB[memoryMB];
  const plan = makePlan(
    burstOf(10_000, [{ sizeBytes: 100 * MB, share: 1 }]),
    {
      name: `${String(memoryMB)} MB`,
      scaling: { name: 'fixed', workers: 1 },
      memoryClass: memoryMB,
      speeds: givenSpeeds(String(100 / secondsAnObject), tableSpeeds()),
      objectsAtOnce: 1,
      overheadSeconds: 0,
      temporal: 'self-hosted',
    },
    { horizonSeconds: 3_600 },
  );
  return { memoryMB, secondsAnObject, objects: plan.total };
}
