import { formatBytes } from '../../src/core/format-bytes.js';
import type { MemoryClassMB } from '../../src/core/memory-classes.js';
import { takeTurns, type Entry, type Sample } from '../compare.js';
import { classLimits } from '../measure/cgroup.js';
import type { ContenderId } from '../peers/contender.js';
import type { Endpoint, Protocol } from '../stage/s3-servers.js';
import { pairUp, ratio, summarize, summarizePairs, type Summary } from '../statistics.js';
import type { BenchContext } from './bench-context.js';

/** The engine and Python's loop inside one memory class: its memory, and MB/1769 CPUs. */
export interface ClassComparison {
  readonly memoryMB: MemoryClassMB;
  readonly protocol: Protocol;
  readonly sizeBytes: number;
  readonly rows: readonly ClassRow[];
  /** Python's MB/s over the engine's, round by round. */
  readonly pythonToEngine: Summary | undefined;
  /** The same, each less the seconds its start-up took. */
  readonly marginalPythonToEngine: Summary | undefined;
}

export interface ClassRow {
  readonly id: ContenderId;
  readonly title: string;
  readonly megabytesPerSecond: Summary;
  readonly marginalMegabytesPerSecond: Summary;
  readonly startUpSeconds: Summary;
  /** By the control group's count. */
  readonly cgroupPeakMB: Summary | undefined;
}

const CONTENDERS: readonly ContenderId[] = ['engine-native', 'python'];

/** Compares inside each memory class over HTTPS (HTTP where there is none), or a word on why that cannot be done here. */
export async function compareInClasses(
  context: BenchContext,
): Promise<ClassComparison[] | { readonly reason: string }> {
  const { cgroups, endpoints, plan } = context;
  if (cgroups.version === undefined) return { reason: cgroups.reason };
  const endpoint = endpoints.find(({ protocol }) => protocol === 'https') ?? endpoints[0];
  if (endpoint === undefined) return { reason: 'no S3 server' };
  const comparisons: ClassComparison[] = [];
  for (const memoryMB of plan.memoryClassesMB) comparisons.push(await compareIn(context, endpoint, memoryMB));
  return comparisons;
}

async function compareIn(
  context: BenchContext,
  endpoint: Endpoint,
  memoryMB: MemoryClassMB,
): Promise<ClassComparison> {
  const { plan, cgroups, environment, report } = context;
  const sizeBytes = plan.classObjectBytes;
  const [object, tiny] = [await context.objectOf(sizeBytes), await context.objectOf(1)];
  const contenders = context.contenders.filter(({ id }) => CONTENDERS.includes(id));
  const entries = contenders.flatMap((contender): Entry[] => {
    const task = { endpoint, object, algorithms: ['sha1'] as const };
    return [
      { name: contender.id, contender, task },
      { name: `${contender.id} on one byte`, contender, task: { ...task, object: tiny } },
    ];
  });
  report(
    `${String(memoryMB)} MB class, ${formatBytes(sizeBytes)} over ${endpoint.protocol.toUpperCase()}: ${String(plan.slowRounds)} rounds`,
  );
  const samples = await takeTurns(entries, {
    rounds: plan.slowRounds,
    warmUp: false,
    cgroups,
    limits: classLimits(memoryMB),
    signal: environment.signal,
  });
  const seriesOf = (id: ContenderId) => speeds(samples, id, sizeBytes);
  const [engine, python] = [seriesOf('engine-native'), seriesOf('python')];
  const both = engine.whole.length > 0 && python.whole.length > 0;
  return {
    memoryMB,
    protocol: endpoint.protocol,
    sizeBytes,
    rows: contenders.map(({ id, title }) => rowOf(id, title, samples, sizeBytes)),
    pythonToEngine: both ? summarizePairs(python.whole, engine.whole, ratio) : undefined,
    marginalPythonToEngine: both ? summarizePairs(python.marginal, engine.marginal, ratio) : undefined,
  };
}

/** MB/s by round: of the whole process, and without the seconds of its start-up. */
function speeds(
  samples: ReadonlyMap<string, Sample[]>,
  id: ContenderId,
  sizeBytes: number,
): { whole: number[]; marginal: number[]; startUpSeconds: number[] } {
  const seconds = (samples.get(id) ?? []).map(({ wallSeconds }) => wallSeconds);
  const startUpSeconds = (samples.get(`${id} on one byte`) ?? []).map(({ wallSeconds }) => wallSeconds);
  return {
    whole: seconds.map((all) => sizeBytes / 1e6 / all),
    marginal: pairUp(seconds, startUpSeconds, (all, start) => sizeBytes / 1e6 / (all - start)),
    startUpSeconds,
  };
}

function rowOf(
  id: ContenderId,
  title: string,
  samples: ReadonlyMap<string, Sample[]>,
  sizeBytes: number,
): ClassRow {
  const { whole, marginal, startUpSeconds } = speeds(samples, id, sizeBytes);
  const peaks = (samples.get(id) ?? []).flatMap(({ cgroupPeakBytes }) =>
    cgroupPeakBytes === undefined ? [] : [cgroupPeakBytes / 1e6],
  );
  return {
    id,
    title,
    megabytesPerSecond: summarize(whole),
    marginalMegabytesPerSecond: summarize(marginal),
    startUpSeconds: summarize(startUpSeconds),
    cgroupPeakMB: peaks.length === 0 ? undefined : summarize(peaks),
  };
}
