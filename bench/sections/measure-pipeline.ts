import { join } from 'node:path';
import { formatBytes } from '../../src/core/format-bytes.js';
import type { MemoryClassMB } from '../../src/core/memory-classes.js';
import { runOnce } from '../compare.js';
import type { Contender } from '../peers/contender.js';
import type { Endpoint, Protocol } from '../stage/s3-servers.js';
import { startTemporal } from '../stage/temporal.js';
import { pairUp, ratio, summarize, summarizePairs, type Summary } from '../statistics.js';
import type { BenchContext } from './bench-context.js';
import { hashConfined, type ConfinedJob } from './hash-confined.js';
import { runJob, type JobSample, type JobStage } from './run-job.js';
import { withWorkers } from './with-workers.js';

/** The pipeline through Temporal beside the engine alone. CPU-seconds a GB of the activity worker's process only. */
export interface PipelineComparison {
  readonly protocol: Protocol;
  readonly sizeBytes: number;
  readonly memoryMB: MemoryClassMB;
  readonly worker: Summary;
  /** `midstate hash` on the same object, less its start-up: a worker starts once. */
  readonly marginalEngine: Summary;
  readonly toEngine: Summary;
  readonly megabytesPerSecond: Summary;
  readonly workerPeakRssMB: number;
}

export interface PipelineResults {
  readonly comparisons: readonly PipelineComparison[];
  /** Empty where they were not asked for. */
  readonly confined: readonly ConfinedJob[];
}

const COMPARED_CLASS_MB: MemoryClassMB = 512;

/** Measures the pipeline, or says why that cannot be done here. */
export async function measurePipeline(
  context: BenchContext,
): Promise<PipelineResults | { readonly reason: string }> {
  const { cgroups, endpoints, environment, folder, report } = context;
  if (cgroups.version === undefined) return { reason: cgroups.reason };
  const engine = context.contenders.find(({ id }) => id === 'engine-native');
  const last = endpoints.at(-1);
  if (engine === undefined || last === undefined) return { reason: 'the native engine is not built' };
  const temporal = await startTemporal(environment, join(folder, 'temporal'), report);
  try {
    const comparisons: PipelineComparison[] = [];
    for (const endpoint of endpoints) {
      const setting = { context, cgroups, temporal, endpoint, memoryMB: COMPARED_CLASS_MB };
      comparisons.push(
        await withWorkers(setting, undefined, (stage) => compare(context, endpoint, engine, stage)),
      );
    }
    return { comparisons, confined: await hashConfined({ context, cgroups, temporal, endpoint: last }) };
  } finally {
    await temporal.stop();
  }
}

/** A job, the engine alone, and its start-up take turns; the first round is not counted. */
async function compare(
  context: BenchContext,
  endpoint: Endpoint,
  engine: Contender,
  stage: JobStage,
): Promise<PipelineComparison> {
  const { plan, cgroups, environment, report } = context;
  const sizeBytes = plan.objectBytes;
  const [object, tiny] = [await context.objectOf(sizeBytes), await context.objectOf(1)];
  report(
    `through Temporal over ${endpoint.protocol.toUpperCase()}, ${formatBytes(sizeBytes)}: ${String(plan.rounds)} rounds`,
  );
  const jobs: JobSample[] = [];
  const [alone, startUps]: [number[], number[]] = [[], []];
  for (let round = 0; round <= plan.rounds; round++) {
    environment.signal?.throwIfAborted();
    const job = await runJob(stage, object);
    const task = { endpoint, algorithms: ['sha1'] as const };
    const whole = await runOnce({ name: 'whole', contender: engine, task: { ...task, object } }, { cgroups });
    const start = await runOnce(
      { name: 'start', contender: engine, task: { ...task, object: tiny } },
      { cgroups },
    );
    if (round === 0) continue;
    jobs.push(job);
    alone.push(whole.cpuSeconds);
    startUps.push(start.cpuSeconds);
  }
  const perGB = (cpuSeconds: number): number => cpuSeconds / (sizeBytes / 1e9);
  const worker = jobs.map(({ cpuSeconds }) => perGB(cpuSeconds));
  const marginalEngine = pairUp(alone, startUps, (all, start) => perGB(all - start));
  return {
    protocol: endpoint.protocol,
    sizeBytes,
    memoryMB: stage.memoryMB,
    worker: summarize(worker),
    marginalEngine: summarize(marginalEngine),
    toEngine: summarizePairs(worker, marginalEngine, ratio),
    megabytesPerSecond: summarize(jobs.map(({ wallSeconds }) => sizeBytes / 1e6 / wallSeconds)),
    workerPeakRssMB: stage.worker.peakRssBytes() / 1e6,
  };
}
