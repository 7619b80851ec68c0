import { formatBytes } from '../src/core/format-bytes.js';
import { MEMORY_CLASSES_MB, type MemoryClassMB } from '../src/core/memory-classes.js';
import type { ComparisonRow } from './comparison.js';
import type { ContenderId } from './peers/contender.js';
import type { BenchResults } from './results.js';
import type { Protocol } from './stage/s3-servers.js';
import type { Summary } from './statistics.js';

/** One figure beside what it must not exceed. */
export interface Verdict {
  readonly title: string;
  /** What the figure is of. */
  readonly basis: string;
  readonly limit: number;
  readonly unit: '' | 'MB';
  /** Undefined where it was not measured; `isReached` also where the figure is lost in noise. */
  readonly value: number | undefined;
  readonly isReached: boolean | undefined;
}

const WHOLE = 'whole processes, start-up included';
const MARGINAL = 'both without start-up';

/** Targets of sha1: CPU-seconds of the engine over another's. */
const RATIOS: readonly {
  readonly of: ContenderId | 'floor';
  readonly title: string;
  readonly limits: Readonly<Record<Protocol, number>>;
}[] = [
  { of: 'floor', title: 'engine ÷ floor', limits: { http: 1.1, https: 1.1 } },
  { of: 'python', title: "engine ÷ Python's loop", limits: { http: 0.9, https: 1 } },
  { of: 'aws-sdk', title: 'engine ÷ AWS SDK, for await', limits: { http: 0.45, https: 0.65 } },
];

/** Judges every target by the figures alone. */
export function judge(results: Omit<BenchResults, 'startedAt' | 'seconds'>): Verdict[] {
  return [
    ...(['http', 'https'] as const).flatMap((protocol) =>
      RATIOS.flatMap(({ of, title, limits }) =>
        ratioVerdicts(results, protocol, of, title, limits[protocol]),
      ),
    ),
    ...oneReadVerdicts(results),
    ...pipelineVerdicts(results),
    ...classVerdicts(results),
    ...memoryVerdicts(results),
    ...confinedVerdicts(results),
  ];
}

function verdict(
  title: string,
  basis: string,
  limit: number,
  value: number | undefined,
  unit: Verdict['unit'] = '',
): Verdict {
  // A difference of two noisy figures may come out below zero: that tells nothing.
  const isReached = value === undefined || !(value > 0) ? undefined : value <= limit;
  return { title, basis, limit, unit, value, isReached };
}

function ratioVerdicts(
  { comparisons }: Pick<BenchResults, 'comparisons'>,
  protocol: Protocol,
  of: ContenderId | 'floor',
  name: string,
  limit: number,
): Verdict[] {
  const rows = comparisons.find((c) => c.protocol === protocol && c.algorithm === 'sha1')?.rows ?? [];
  const row = rows.find(({ id }) => id === (of === 'floor' ? 'engine-native' : of));
  const pick = (whole: keyof ComparisonRow, floor: keyof ComparisonRow): number | undefined =>
    (row?.[of === 'floor' ? floor : whole] as Summary | undefined)?.median;
  const title = `CPU-seconds a GB, sha1, ${protocol.toUpperCase()}: ${name}`;
  return [
    verdict(title, WHOLE, limit, pick('engineToThis', 'toFloor')),
    verdict(title, MARGINAL, limit, pick('marginalEngineToThis', 'marginalToFloor')),
  ];
}

function oneReadVerdicts({ oneReads }: Pick<BenchResults, 'oneReads'>): Verdict[] {
  return (['http', 'https'] as const).flatMap((protocol) => {
    const one = oneReads.find((candidate) => candidate.protocol === protocol);
    const title = `sha1+sha256+crc64nvme in one read, ${protocol.toUpperCase()} ÷ the hashes alone + one drain`;
    return [
      verdict(title, WHOLE, 1.15, one?.toSum.median),
      verdict(title, MARGINAL, 1.15, one?.marginalToSum.median),
    ];
  });
}

function pipelineVerdicts({ pipeline }: Pick<BenchResults, 'pipeline'>): Verdict[] {
  return (['http', 'https'] as const).map((protocol) =>
    verdict(
      `whole pipeline through Temporal, ${protocol.toUpperCase()}: activity worker ÷ engine alone`,
      "CPU of the worker's process during the job; engine without start-up",
      1.05,
      pipeline?.comparisons.find((comparison) => comparison.protocol === protocol)?.toEngine.median,
    ),
  );
}

function classVerdicts({ classes }: Pick<BenchResults, 'classes'>): Verdict[] {
  return [128, 256, 512].flatMap((memoryMB) => {
    const one = classes.find((candidate) => candidate.memoryMB === memoryMB);
    const title = `MB/s over HTTPS inside the ${String(memoryMB)} MB class: Python's loop ÷ engine`;
    const isSecure = one?.protocol === 'https';
    return [
      verdict(title, WHOLE, 0.85, isSecure ? one.pythonToEngine?.median : undefined),
      verdict(title, MARGINAL, 0.85, isSecure ? one.marginalPythonToEngine?.median : undefined),
    ];
  });
}

/** MB that the Python function of docs/memory-classes.md used on AWS Lambda. */
const SEED_MEMORY_MB: Readonly<Record<MemoryClassMB, number>> = {
  128: 108,
  256: 138,
  512: 138,
  1024: 138,
  2048: 138,
};

/** Where the CPU bounds the speed the pipeline must be faster, elsewhere as fast. */
const CONFINED_LIMITS: Readonly<Record<MemoryClassMB, number>> = {
  128: 1 / 1.1,
  256: 1 / 1.1,
  512: 1 / 1.1,
  1024: 1,
  2048: 1,
};

function confinedVerdicts({ pipeline }: Pick<BenchResults, 'pipeline'>): Verdict[] {
  return MEMORY_CLASSES_MB.flatMap((memoryMB) => {
    const jobs = (pipeline?.confined ?? []).filter((job) => job.memoryMB === memoryMB);
    const largest = jobs.findLast(({ pythonSeconds }) => pythonSeconds !== undefined);
    const ratio = largest && largest.seconds / (largest.pythonSeconds ?? NaN);
    const size = largest === undefined ? '' : `, ${formatBytes(largest.sizeBytes)}`;
    const name = `${String(memoryMB)} MB class`;
    return [
      verdict(
        `MB/s of the whole pipeline in the limits of the ${name}${size}: Python's loop ÷ it`,
        'the worker was started before; the loop less its start-up',
        CONFINED_LIMITS[memoryMB],
        ratio,
      ),
      verdict(
        `peak memory of the ${name}'s worker inside its limits`,
        "the control group's count; the limit is what the Python function of 2021 used",
        SEED_MEMORY_MB[memoryMB],
        peakOf(pipeline, memoryMB),
        'MB',
      ),
    ];
  });
}

function peakOf(pipeline: BenchResults['pipeline'], memoryMB: MemoryClassMB): number | undefined {
  return pipeline?.confined.findLast((job) => job.memoryMB === memoryMB)?.cgroupPeakMB;
}

function memoryVerdicts({ memory, pipeline }: Pick<BenchResults, 'memory' | 'pipeline'>): Verdict[] {
  const peaks = memory.map(({ peakRssMB }) => peakRssMB.max);
  return [
    verdict(
      'peak RSS, engine alone, any object size, any chunk size',
      'greatest of all runs',
      80,
      peaks.length === 0 ? undefined : Math.max(...peaks),
      'MB',
    ),
    verdict(
      'peak memory of the 128 MB class worker inside a 128 MB control group, never killed',
      "the control group's count; a worker that is killed ends the bench",
      100,
      peakOf(pipeline, 128),
      'MB',
    ),
  ];
}
