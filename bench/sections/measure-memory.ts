import { takeTurns, type Entry } from '../compare.js';
import { RANGE_BYTES } from '../peers/contender.js';
import type { Protocol } from '../stage/s3-servers.js';
import { summarize, type Summary } from '../statistics.js';
import type { BenchContext } from './bench-context.js';

/** The engine's peak of resident memory on one object with one size of GET. */
export interface MemoryFigure {
  readonly protocol: Protocol;
  readonly sizeBytes: number;
  readonly rangeBytes: number;
  readonly peakRssMB: Summary;
}

/** Measures the native engine's peak over objects and chunks of very different sizes. */
export async function measureMemory(context: BenchContext): Promise<MemoryFigure[]> {
  const { plan, cgroups, environment } = context;
  const contender = context.contenders.find(({ id }) => id === 'engine-native');
  if (contender === undefined) return [];
  const cases = [
    ...plan.memoryObjectBytes.map((sizeBytes) => ({ sizeBytes, rangeBytes: RANGE_BYTES })),
    ...plan.memoryRangeBytes.map((rangeBytes) => ({ sizeBytes: plan.objectBytes, rangeBytes })),
  ];
  const figures: MemoryFigure[] = [];
  for (const endpoint of context.endpoints) {
    context.report(
      `peak memory of the engine over ${endpoint.protocol.toUpperCase()}: ${String(cases.length)} sizes`,
    );
    const entries: Entry[] = [];
    for (const { sizeBytes, rangeBytes } of cases) {
      const object = await context.objectOf(sizeBytes);
      const task = { endpoint, object, algorithms: ['sha1'] as const, rangeBytes };
      entries.push({ name: `${String(sizeBytes)} ${String(rangeBytes)}`, contender, task });
    }
    const turns = {
      rounds: Math.min(3, plan.slowRounds),
      warmUp: false,
      cgroups,
      signal: environment.signal,
    };
    const samples = await takeTurns(entries, turns);
    for (const { sizeBytes, rangeBytes } of cases) {
      const taken = samples.get(`${String(sizeBytes)} ${String(rangeBytes)}`) ?? [];
      const peakRssMB = summarize(taken.map(({ peakRssBytes }) => peakRssBytes / 1e6));
      figures.push({ protocol: endpoint.protocol, sizeBytes, rangeBytes, peakRssMB });
    }
  }
  return figures;
}
