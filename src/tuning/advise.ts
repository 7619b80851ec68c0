import type { ClassTable } from '../core/class-table.js';
import { formatBytes } from '../core/format-bytes.js';
import { MEMORY_CLASSES_MB, MB_PER_VCPU, type MemoryClassMB } from '../core/memory-classes.js';
import { PRICES } from '../core/prices.js';
import type { CellResult, TuneResult } from './tune-result.js';

/** What a class does at its best setting. */
export interface ClassAdvice {
  readonly memoryMB: MemoryClassMB;
  readonly chunkSizeBytes: number;
  readonly connections: number;
  /** Mean over object sizes (geometric). */
  readonly megabytesPerSecond: number;
  /** The lowest end of the intervals of its cells: what can be counted on. */
  readonly leastMegabytesPerSecond: number;
  /** The largest peak of its cells. */
  readonly peakBytes: number | undefined;
  readonly dollarsPerTB: number;
}

export interface Advice {
  readonly classes: readonly ClassAdvice[];
  /** Undefined where nothing was measured. */
  readonly sweetSpot: ClassAdvice | undefined;
  readonly reason: string;
  readonly whatWouldChangeIt: readonly string[];
}

/** Settings whose means differ by less are as good as each other. */
const AS_GOOD = 0.05;

/** So much more a TB is a fair price for a faster class. */
const FAIR_PRICE = 0.1;

/** Compute of a TB on AWS Lambda, in US dollars. */
export function dollarsPerTB(memoryMB: number, megabytesPerSecond: number): number {
  return (1e6 / megabytesPerSecond) * (memoryMB / 1_024) * PRICES.lambdaPerGBSecond;
}

/** The best setting of each class, and the class to take. From cells of one object at a time, midstate's own. */
export function adviseOn({ cells }: TuneResult): Advice {
  const own = cells.filter(
    ({ runner, objectsAtOnce, megabytesPerSecond }) =>
      runner === 'native' && objectsAtOnce === 1 && megabytesPerSecond !== undefined,
  );
  const classes = MEMORY_CLASSES_MB.flatMap((memoryMB) =>
    bestOfClass(own.filter((cell) => cell.memoryMB === memoryMB)),
  );
  const sweetSpot = sweetSpotOf(classes);
  return {
    classes,
    sweetSpot,
    reason: sweetSpot === undefined ? 'nothing was measured' : reasonFor(sweetSpot, classes),
    whatWouldChangeIt: sweetSpot === undefined ? [] : changesTo(sweetSpot, classes),
  };
}

/** The class table that workers read, from the best setting of each class. */
export function classTableOf({ classes }: Advice): ClassTable {
  return Object.fromEntries(
    classes.map(({ memoryMB, chunkSizeBytes, connections, leastMegabytesPerSecond }) => [
      memoryMB,
      {
        chunkSizeBytes,
        connectionsPerObject: connections,
        megabytesPerSecond: Math.max(1, Math.floor(leastMegabytesPerSecond)),
      },
    ]),
  );
}

/** Of the settings that are as good as the fastest, that with the smallest chunk and the fewest connections. */
function bestOfClass(cells: readonly CellResult[]): ClassAdvice[] {
  const settings = new Map<string, CellResult[]>();
  for (const cell of cells) {
    const key = `${String(cell.chunkSizeBytes)} ${String(cell.connections)}`;
    settings.set(key, [...(settings.get(key) ?? []), cell]);
  }
  const rated = [...settings.values()].map((group) => ({ group, mean: meanSpeed(group) }));
  const fastest = Math.max(...rated.map(({ mean }) => mean));
  const [best] = rated
    .filter(({ mean }) => mean >= fastest * (1 - AS_GOOD))
    .sort((a, b) => orderOf(a.group) - orderOf(b.group));
  const [first] = best?.group ?? [];
  if (best === undefined || first === undefined) return [];
  const { memoryMB, chunkSizeBytes, connections } = first;
  const peaks = best.group.flatMap(({ peakBytes }) => (peakBytes === undefined ? [] : [peakBytes]));
  return [
    {
      memoryMB,
      chunkSizeBytes,
      connections,
      megabytesPerSecond: best.mean,
      leastMegabytesPerSecond: Math.min(
        ...best.group.map((cell) => cell.megabytesPerSecond?.low ?? Infinity),
      ),
      peakBytes: peaks.length === 0 ? undefined : Math.max(...peaks),
      dollarsPerTB: dollarsPerTB(memoryMB, best.mean),
    },
  ];
}

function orderOf([cell]: readonly CellResult[]): number {
  return cell === undefined ? 0 : cell.connections * 1e12 + cell.chunkSizeBytes;
}

function meanSpeed(cells: readonly CellResult[]): number {
  const logs = cells.map(({ megabytesPerSecond }) => Math.log(megabytesPerSecond?.median ?? 1));
  return Math.exp(logs.reduce((sum, log) => sum + log, 0) / logs.length);
}

/** The fastest class whose TB costs at most a tenth more than the cheapest's. */
function sweetSpotOf(classes: readonly ClassAdvice[]): ClassAdvice | undefined {
  const cheapest = Math.min(...classes.map((one) => one.dollarsPerTB));
  return classes
    .filter((one) => one.dollarsPerTB <= cheapest * (1 + FAIR_PRICE))
    .sort((a, b) => b.megabytesPerSecond - a.megabytesPerSecond)[0];
}

function reasonFor(spot: ClassAdvice, classes: readonly ClassAdvice[]): string {
  const others = classes.filter((one) => one !== spot);
  const smaller = others.filter((one) => one.memoryMB < spot.memoryMB).at(-1);
  const larger = others.find((one) => one.memoryMB > spot.memoryMB);
  const against = (one: ClassAdvice) =>
    `${String(one.memoryMB)} MB does ${speed(one)} at ${dollars(one)} (${percent(one.megabytesPerSecond / spot.megabytesPerSecond - 1)} of speed, ${percent(one.dollarsPerTB / spot.dollarsPerTB - 1)} of cost)`;
  return [
    `${String(spot.memoryMB)} MB with chunks of ${formatBytes(spot.chunkSizeBytes)}: ${speed(spot)} at ${dollars(spot)} of compute a TB, the fastest class whose TB costs at most ${String(FAIR_PRICE * 100)} % more than the cheapest’s.`,
    ...(smaller === undefined ? [] : [`${against(smaller)}.`]),
    ...(larger === undefined ? [] : [`${against(larger)}.`]),
  ].join(' ');
}

function changesTo(spot: ClassAdvice, classes: readonly ClassAdvice[]): string[] {
  const smaller = classes.filter((one) => one.memoryMB < spot.memoryMB).at(-1);
  const perVcpu = spot.megabytesPerSecond / (spot.memoryMB / MB_PER_VCPU);
  return [
    ...(smaller === undefined
      ? []
      : [
          `A network that gives a worker no more than ${speed(smaller)}: then ${String(smaller.memoryMB)} MB is as fast, and cheaper. Lambda’s gives about 72 MB/s in every class.`,
        ]),
    `Other algorithms: it does ${String(Math.round(perVcpu))} MB/s for a whole vCPU with those measured; one that hashes slower than that moves it up.`,
    'Objects that come so fast that workers are the bottleneck: `midstate plan --tune` tells what a fleet of each class costs then.',
    'Prices: they are counted by memory and seconds of work, as on Lambda. Where workers are paid while they idle, fewer large ones with several objects at once may be cheaper.',
  ];
}

function speed({ megabytesPerSecond }: Pick<ClassAdvice, 'megabytesPerSecond'>): string {
  return `${String(Number(megabytesPerSecond.toPrecision(3)))} MB/s`;
}

function dollars({ dollarsPerTB: cost }: ClassAdvice): string {
  return `$${cost.toFixed(3)}`;
}

function percent(part: number): string {
  return `${part >= 0 ? '+' : '−'}${String(Math.abs(Math.round(part * 100)))} %`;
}
