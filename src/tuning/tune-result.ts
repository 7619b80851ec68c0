import { readFileSync } from 'node:fs';
import { cpus, release, totalmem, type } from 'node:os';
import { MidstateError } from '../core/failures.js';
import { readVersion } from '../read-version.js';
import { bytesOf, cellId, type Cell } from './cell.js';
import type { HolderName } from './holders/holder.js';
import type { Matrix } from './matrix.js';
import type { Run } from './state-file.js';
import { summarizeRuns, type Summary } from './summarize-runs.js';

export interface TuneMachine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGB: number;
  readonly system: string;
  readonly node: string;
  readonly midstate: string;
}

/** How the workers were held, and what lay between them and S3. */
export interface TuneConditions {
  /** What held workers to their class: control groups made here, by systemd or by docker; AWS Lambda; or nothing. */
  readonly confinement: HolderName | 'lambda' | 'none';
  /** Where the workers were versions of a Lambda function. */
  readonly lambda?: LambdaConditions;
  /** Where the objects are: the embedded S3 server, or a bucket. */
  readonly store: string;
  readonly network: NetworkShape;
}

export interface LambdaConditions {
  readonly function: string;
  readonly architecture: 'x86_64' | 'arm64';
  /** Of all runs, those that failed too, as Lambda reported it. */
  readonly billedGBSeconds: number;
  /** That at list price, without requests, S3 and Temporal. */
  readonly billedDollars: number;
}

export interface NetworkShape {
  /** Of each connection; undefined: as fast as it goes. */
  readonly megabytesPerSecond?: number;
  readonly latencyMs?: number;
}

export interface CellResult extends Cell {
  readonly id: string;
  /** Of all objects at once. */
  readonly seconds?: Summary;
  readonly megabytesPerSecond?: Summary;
  readonly cpuSecondsPerGB?: Summary;
  /** The largest of all runs. */
  readonly peakBytes?: number;
  /** Every run in its order, dropped ones too. */
  readonly runs: readonly Run[];
  readonly failures: readonly string[];
}

export interface TuneResult {
  readonly format: 1;
  readonly kind: 'midstate-tune';
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly seed: number;
  readonly machine: TuneMachine;
  readonly conditions: TuneConditions;
  readonly matrix: Matrix;
  readonly cells: readonly CellResult[];
}

/** What the runs of a cell come to. */
export function cellResult(cell: Cell, allRuns: readonly Run[]): CellResult {
  const id = cellId(cell);
  const runs = allRuns.filter((run) => run.cell === id).sort((a, b) => a.round - b.round);
  const failures = runs.flatMap(({ failure }) => (failure === undefined ? [] : [failure]));
  const seconds = runs.flatMap((run) => (run.seconds === undefined ? [] : [run.seconds]));
  const peaks = runs.flatMap(({ peakBytes }) => (peakBytes === undefined ? [] : [peakBytes]));
  const cpu = runs.flatMap(({ cpuSeconds }) => (cpuSeconds === undefined ? [] : [cpuSeconds]));
  return {
    ...cell,
    id,
    runs,
    failures,
    ...(seconds.length === 0
      ? {}
      : {
          seconds: summarizeRuns(seconds),
          megabytesPerSecond: summarizeRuns(seconds.map((one) => bytesOf(cell) / 1e6 / one)),
        }),
    ...(cpu.length === 0
      ? {}
      : { cpuSecondsPerGB: summarizeRuns(cpu.map((one) => one / (bytesOf(cell) / 1e9))) }),
    ...(peaks.length === 0 ? {} : { peakBytes: Math.max(...peaks) }),
  };
}

export function describeMachine(): TuneMachine {
  const [cpu] = cpus();
  return {
    cpu: cpu?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGB: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
    node: process.versions.node,
    midstate: readVersion(),
  };
}

/**
 * Reads a result that `midstate tune --json` printed.
 * @throws MidstateError InvalidInput when it is none
 */
export function readTuneResult(file: string): TuneResult {
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') throw cause;
    throw notAResult(file, cause);
  }
  const { kind, format, cells } = (parsed ?? {}) as Partial<TuneResult>;
  if (kind !== 'midstate-tune' || format !== 1 || !Array.isArray(cells)) throw notAResult(file);
  return parsed as TuneResult;
}

function notAResult(file: string, cause?: unknown): MidstateError {
  return new MidstateError('InvalidInput', 'tune: expected a result as `midstate tune --json` prints it', {
    facts: { file },
    cause,
  });
}
