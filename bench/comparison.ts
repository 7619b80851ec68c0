import type { Algorithm } from '../src/core/algorithms.js';
import type { Sample } from './compare.js';
import { cpuSecondsPerGB, figuresOf, type Figures } from './figures.js';
import { isHashAlone, type ContenderId } from './peers/contender.js';
import type { Protocol } from './stage/s3-servers.js';
import { pairUp, ratio, summarize, summarizePairs, type Summary } from './statistics.js';

/** The runs of one contender in a comparison, by round. */
export interface Series {
  readonly id: ContenderId;
  readonly title: string;
  readonly samples: readonly Sample[];
  /** The same command on an object of one byte; none for the hash alone, which times itself. */
  readonly startUps: readonly Sample[] | undefined;
}

/** One contender beside the others. Ratios are of CPU-seconds, taken round by round. */
export interface ComparisonRow extends Figures {
  readonly id: ContenderId;
  readonly title: string;
  /** CPU-seconds of the same command on an object of one byte. */
  readonly startUpCpuSeconds: Summary;
  /** CPU-seconds a GB, less the start-up of the same round. */
  readonly marginalCpuSecondsPerGB: Summary;
  readonly toFloor: Summary | undefined;
  readonly marginalToFloor: Summary | undefined;
  /** The native engine's CPU-seconds over this contender's. */
  readonly engineToThis: Summary | undefined;
  readonly marginalEngineToThis: Summary | undefined;
}

/** Draining the socket and hashing from memory: what no reader can do without. */
export interface Floor {
  /** curl, its start-up included, and the hash alone, without one. */
  readonly cpuSecondsPerGB: Summary;
  /** curl less its start-up, and the hash alone. */
  readonly marginalCpuSecondsPerGB: Summary;
  readonly drainCpuSecondsPerGB: Summary;
  readonly hashCpuSecondsPerGB: Summary;
  /** The cheaper of the implementations measured. */
  readonly hashTitle: string;
}

/** All contenders on the same object, algorithm and protocol, in the same rounds. */
export interface Comparison {
  readonly protocol: Protocol;
  readonly algorithm: Algorithm;
  readonly sizeBytes: number;
  readonly floor: Floor | undefined;
  readonly rows: readonly ComparisonRow[];
}

interface Costs {
  readonly whole: readonly number[];
  readonly marginal: readonly number[];
}

/** Sums the rounds of a comparison up. */
export function compareSeries(
  context: Pick<Comparison, 'protocol' | 'algorithm' | 'sizeBytes'>,
  series: readonly Series[],
): Comparison {
  const { sizeBytes } = context;
  const floor = floorOf(series, sizeBytes);
  const native = series.find(({ id }) => id === 'engine-native');
  const engine = native === undefined ? undefined : costsOf(native, sizeBytes);
  const readers = series.filter((one) => !isHashAlone(one));
  return {
    ...context,
    floor: floor?.summary,
    rows: readers.map((reader) => rowOf(reader, sizeBytes, floor?.costs, engine)),
  };
}

function rowOf(reader: Series, sizeBytes: number, floor?: Costs, engine?: Costs): ComparisonRow {
  const costs = costsOf(reader, sizeBytes);
  const isEngine = reader.id === 'engine-native';
  return {
    id: reader.id,
    title: reader.title,
    ...figuresOf(reader.samples, sizeBytes),
    startUpCpuSeconds: summarize((reader.startUps ?? []).map(({ cpuSeconds }) => cpuSeconds)),
    marginalCpuSecondsPerGB: summarize(costs.marginal),
    toFloor: floor && summarizePairs(costs.whole, floor.whole, ratio),
    marginalToFloor: floor && summarizePairs(costs.marginal, floor.marginal, ratio),
    engineToThis: engine && !isEngine ? summarizePairs(engine.whole, costs.whole, ratio) : undefined,
    marginalEngineToThis:
      engine && !isEngine ? summarizePairs(engine.marginal, costs.marginal, ratio) : undefined,
  };
}

function costsOf({ samples, startUps }: Series, sizeBytes: number): Costs {
  const whole = cpuSecondsPerGB(samples, sizeBytes);
  const started = cpuSecondsPerGB(startUps ?? [], sizeBytes);
  return { whole, marginal: pairUp(whole, started, (all, start) => all - start) };
}

function floorOf(series: readonly Series[], sizeBytes: number): { summary: Floor; costs: Costs } | undefined {
  const drain = series.find(({ id }) => id === 'curl');
  const hash = cheapestHash(series, sizeBytes);
  if (drain === undefined || hash === undefined) return undefined;
  const drained = costsOf(drain, sizeBytes);
  const add = (first: number, second: number) => first + second;
  const costs = {
    whole: pairUp(drained.whole, hash.perGB, add),
    marginal: pairUp(drained.marginal, hash.perGB, add),
  };
  return {
    costs,
    summary: {
      cpuSecondsPerGB: summarize(costs.whole),
      marginalCpuSecondsPerGB: summarize(costs.marginal),
      drainCpuSecondsPerGB: summarize(drained.whole),
      hashCpuSecondsPerGB: summarize(hash.perGB),
      hashTitle: hash.title,
    },
  };
}

/** The implementation with the least median: the floor is not to be raised by a slow one. */
export function cheapestHash(
  series: readonly Omit<Series, 'startUps'>[],
  sizeBytes: number,
): { title: string; perGB: number[] } | undefined {
  return series
    .filter(isHashAlone)
    .map(({ title, samples }) => ({ title, perGB: samples.map((sample) => ownPerGB(sample, sizeBytes)) }))
    .sort((a, b) => summarize(a.perGB).median - summarize(b.perGB).median)[0];
}

function ownPerGB({ ownCpuSeconds, cpuSeconds }: Sample, sizeBytes: number): number {
  return (ownCpuSeconds ?? cpuSeconds) / (sizeBytes / 1e9);
}
