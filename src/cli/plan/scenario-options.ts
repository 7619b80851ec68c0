import { MidstateError } from '../../core/failures.js';
import { isMemoryClassMB, MEMORY_CLASSES_MB, type MemoryClassMB } from '../../core/memory-classes.js';
import { givenSpeeds, tableSpeeds, type ClassSpeeds } from '../../planning/class-speeds.js';
import { parseCount, parsePositive } from '../../planning/parse-quantities.js';
import { SCALING_NAMES, type ScalingName } from '../../planning/scaling.js';
import type { Scenario } from '../../planning/scenario.js';
import type { PlanOptions } from './plan-options.js';

type ScenarioOptions = Pick<
  PlanOptions,
  | 'scaling'
  | 'workers'
  | 'maxWorkers'
  | 'startUpS'
  | 'memoryClass'
  | 'mbPerS'
  | 'objectsAtOnce'
  | 'overheadMs'
  | 'startsPerS'
  | 'temporal'
>;

/** Where speeds come from that are not given by hand. */
export type SpeedSource = (objectsAtOnce: number) => ClassSpeeds;

/**
 * The fleet that the options describe.
 * @throws MidstateError InvalidInput
 */
export function scenarioOf(
  options: ScenarioOptions,
  speedsAt: SpeedSource = tableSpeeds,
  name = nameOf(options),
): Scenario {
  const objectsAtOnce = parseCount(options.objectsAtOnce ?? '1', 'objects at once');
  const known = speedsAt(objectsAtOnce);
  const { mbPerS, overheadMs, startsPerS } = options;
  const { workers, byClass } = workersOf(options.workers);
  return {
    name,
    scaling: {
      name: scalingNameOf(options.scaling ?? 'fixed'),
      workers,
      mostWorkers:
        options.maxWorkers === undefined ? undefined : parseCount(options.maxWorkers, 'max-workers'),
      startUpSeconds:
        options.startUpS === undefined ? undefined : parsePositive(options.startUpS, 'start-up-s'),
    },
    memoryClass: memoryClassOf(options.memoryClass ?? 'route'),
    speeds: mbPerS === undefined ? known : givenSpeeds(mbPerS, known),
    objectsAtOnce,
    overheadSeconds: overheadMs === undefined ? undefined : millisecondsOf(overheadMs) / 1_000,
    workersByClass: byClass,
    startsPerSecond: startsPerS === undefined ? undefined : parsePositive(startsPerS, 'starts-per-s'),
    temporal: temporalOf(options.temporal ?? 'cloud'),
  };
}

const COMPARE_KEYS: Readonly<Record<string, keyof ScenarioOptions>> = {
  workers: 'workers',
  'max-workers': 'maxWorkers',
  'start-up-s': 'startUpS',
  class: 'memoryClass',
  'mb-per-s': 'mbPerS',
  'at-once': 'objectsAtOnce',
  'overhead-ms': 'overheadMs',
  'starts-per-s': 'startsPerS',
  temporal: 'temporal',
};

/**
 * An alternative: `lambda max-workers=100 class=512`; what it does not say is as in the plan's own options.
 * @throws MidstateError InvalidInput
 */
export function alternativeOf(text: string, base: ScenarioOptions, speedsAt?: SpeedSource): Scenario {
  const [scaling = '', ...words] = text.trim().split(/\s+/);
  // Another scaling has its own numbers of workers.
  const { workers: _, maxWorkers: __, ...rest } = base;
  const changed: Record<string, string> = { scaling: scalingNameOf(scaling) };
  for (const word of words) {
    const [key = '', value = ''] = word.split(/=(.*)/);
    const option = COMPARE_KEYS[key];
    if (option === undefined || value === '') {
      throw new MidstateError(
        'InvalidInput',
        `plan: compare: expected words like ${Object.keys(COMPARE_KEYS)
          .map((name) => `${name}=…`)
          .join(', ')}, got "${word}"`,
      );
    }
    changed[option] = value;
  }
  return scenarioOf({ ...rest, ...changed }, speedsAt, text.trim());
}

function nameOf({ scaling = 'fixed', workers, maxWorkers, memoryClass = 'route' }: ScenarioOptions): string {
  const words = [
    scaling,
    ...(workers === undefined ? [] : [`workers=${workers}`]),
    ...(maxWorkers === undefined ? [] : [`max-workers=${maxWorkers}`]),
    ...(memoryClass === 'route' ? [] : [`class=${memoryClass}`]),
  ];
  return words.join(' ');
}

function scalingNameOf(text: string): ScalingName {
  const name = SCALING_NAMES.find((candidate) => candidate === text);
  if (name !== undefined) return name;
  throw new MidstateError(
    'InvalidInput',
    `plan: scaling: expected one of ${SCALING_NAMES.join(', ')}, got "${text}"`,
  );
}

function memoryClassOf(text: string): MemoryClassMB | 'route' {
  const memoryMB = Number(text);
  if (text === 'route' || isMemoryClassMB(memoryMB))
    return text === 'route' ? text : (memoryMB as MemoryClassMB);
  throw new MidstateError(
    'InvalidInput',
    `plan: memory class: expected route or one of ${MEMORY_CLASSES_MB.join(', ')}, got "${text}"`,
  );
}

/** `20` for each class, or `256=2,512=4`. */
function workersOf(text: string | undefined): {
  workers: number | undefined;
  byClass: ReadonlyMap<MemoryClassMB, number> | undefined;
} {
  if (text === undefined) return { workers: undefined, byClass: undefined };
  if (!text.includes('=')) return { workers: parseCount(text, 'workers'), byClass: undefined };
  const byClass = new Map<MemoryClassMB, number>();
  for (const part of text.split(',')) {
    const [name = '', count = ''] = part.split('=');
    const memoryMB = Number(name);
    if (!isMemoryClassMB(memoryMB)) {
      throw new MidstateError(
        'InvalidInput',
        `plan: workers: expected a number, or a list like 256=2,512=4, got "${text}"`,
      );
    }
    byClass.set(memoryMB, parseCount(count, `workers of ${name} MB`));
  }
  return { workers: undefined, byClass };
}

function millisecondsOf(text: string): number {
  const milliseconds = Number(text);
  if (text.trim() !== '' && Number.isFinite(milliseconds) && milliseconds >= 0) return milliseconds;
  throw new MidstateError('InvalidInput', `plan: overhead-ms: expected milliseconds from 0, got "${text}"`);
}

function temporalOf(text: string): Scenario['temporal'] {
  if (text === 'cloud' || text === 'self-hosted') return text;
  throw new MidstateError('InvalidInput', `plan: temporal: expected cloud or self-hosted, got "${text}"`);
}
