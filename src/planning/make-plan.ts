import { MEMORY_CLASSES_MB, type MemoryClassMB } from '../core/memory-classes.js';
import { DEFAULT_ROUTE } from '../core/routing.js';
import type { Arrivals } from './arrivals.js';
import { bottleneckOf, type Bottleneck } from './bottleneck.js';
import { secondsOf, tableSpeeds, type ClassSpeed } from './class-speeds.js';
import { costOf, NeedsCounter, type PlanCost, type PlanCounts } from './plan-cost.js';
import { scalingOf, type Scaling } from './scaling.js';
import type { Scenario } from './scenario.js';
import { simulate, type Simulation } from './simulate.js';
import { MINUTE_SECONDS } from './series.js';

export interface PlanOptions {
  /** Look no further; default: to the last digest. */
  readonly horizonSeconds?: number | undefined;
}

/** What one class has to do with it. */
export interface PlannedClass {
  readonly memoryMB: MemoryClassMB;
  readonly megabytesPerSecond: number;
  readonly speedSource: string;
  readonly objects: number;
  readonly bytes: number;
  readonly mostWorkers: number;
  readonly workerHours: number;
}

/** What a fleet would do with what arrives. Lists have one entry a minute. */
export interface Plan {
  readonly name: string;
  readonly scaling: Pick<Scaling, 'name' | 'title' | 'source'>;
  readonly objects: number;
  /** Objects done: all, unless there is a horizon. */
  readonly total: number;
  readonly bytes: number;
  readonly drainSeconds: number;
  readonly perMinute: readonly number[];
  readonly arrivedPerMinute: readonly number[];
  readonly backlog: readonly number[];
  readonly oldestSeconds: readonly number[];
  readonly workers: readonly number[];
  readonly toDigestSeconds: Simulation['toDigestSeconds'];
  readonly bottleneck: Bottleneck;
  readonly classes: readonly PlannedClass[];
  readonly counts: PlanCounts;
  readonly cost: PlanCost;
}

/**
 * Simulates a scenario and adds up what it costs.
 * @throws MidstateError InvalidInput when it would take more than ten years
 */
export function makePlan(arrivals: Arrivals, scenario: Scenario, options: PlanOptions = {}): Plan {
  const { memoryClass, objectsAtOnce, startsPerSecond } = scenario;
  const classes = memoryClass === 'route' ? MEMORY_CLASSES_MB : [memoryClass];
  const scalings = classes.map((memoryMB) => scalingFor(scenario, memoryMB));
  const needs = new NeedsCounter(classes);
  const found = simulate({
    arrivals,
    stations: classes.map((memoryMB, index) => ({
      memoryMB,
      scaling: scalings[index] as Scaling,
      slotsPerWorker: objectsAtOnce,
      secondsFor: secondsOf(speedOf(scenario, memoryMB), objectsAtOnce, scenario.overheadSeconds),
    })),
    stationOf: memoryClass === 'route' ? routedIndex : () => 0,
    startsPerSecond,
    horizonSeconds: options.horizonSeconds,
    onObject: (index, sizeBytes, seconds) => {
      needs.add(index, sizeBytes, seconds);
    },
  });
  // A class that is sent nothing has no workers.
  const used = { ...found, stations: found.stations.filter(({ objects }) => objects > 0) };
  const scaling = scalings[0] as Scaling;
  return { ...planOf(scenario, used, scaling), ...costOf(needs, used.stations, scaling, scenario) };
}

/** What `chooseMemoryClass` says, without its work: it is asked twice for each of millions of objects. */
function routedIndex(sizeBytes: number): number {
  for (const { belowBytes, index } of ROUTED) if (sizeBytes < belowBytes) return index;
  return 0;
}

const ROUTED = DEFAULT_ROUTE.map(({ belowBytes = Infinity, memoryClassMB }) => ({
  belowBytes,
  index: MEMORY_CLASSES_MB.indexOf(memoryClassMB),
}));

function scalingFor({ scaling, workersByClass }: Scenario, memoryMB: MemoryClassMB): Scaling {
  const workers = workersByClass?.get(memoryMB);
  return scalingOf(workers === undefined ? scaling : { ...scaling, workers });
}

/** The speed of a class in a scenario; the table of classes, where it says nothing. */
export function speedOf({ speeds }: Scenario, memoryMB: MemoryClassMB): ClassSpeed {
  return speeds.get(memoryMB) ?? (tableSpeeds().get(memoryMB) as ClassSpeed);
}

function planOf(
  scenario: Scenario,
  found: Simulation,
  { name, title, source }: Scaling,
): Omit<Plan, 'cost' | 'counts'> {
  return {
    name: scenario.name,
    scaling: { name, title, source },
    objects: found.objects,
    total: found.done,
    bytes: found.bytes,
    drainSeconds: found.endSeconds,
    perMinute: found.donePerMinute,
    arrivedPerMinute: found.arrivedPerMinute,
    backlog: found.waiting,
    oldestSeconds: found.oldestSeconds,
    workers: workersByMinute(found),
    toDigestSeconds: found.toDigestSeconds,
    bottleneck: bottleneckOf(found),
    classes: found.stations.map(({ memoryMB, objects, bytes, changes, workerSeconds }) => {
      const { megabytesPerSecond, source: speedSource } = speedOf(scenario, memoryMB);
      const mostWorkers = Math.max(...changes.map(({ workers }) => workers));
      return {
        memoryMB,
        megabytesPerSecond,
        speedSource,
        objects,
        bytes,
        mostWorkers,
        workerHours: workerSeconds / 3_600,
      };
    }),
  };
}

/** Workers of all classes together in each minute: the most that were there at once is at its end or its start. */
function workersByMinute({ stations, donePerMinute }: Simulation): number[] {
  const minutes = donePerMinute.map(() => 0);
  for (const { changes } of stations) {
    let next = 0;
    let workers = 0;
    minutes.forEach((sum, minute) => {
      while ((changes[next]?.atSeconds ?? Infinity) < (minute + 1) * MINUTE_SECONDS) {
        workers = changes[next]?.workers ?? 0;
        next += 1;
      }
      minutes[minute] = sum + workers;
    });
  }
  return minutes;
}
