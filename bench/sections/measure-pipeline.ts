import { join } from 'node:path';
import { formatBytes } from '../../src/core/format-bytes.js';
import type { MemoryClassMB } from '../../src/core/memory-classes.js';
import { connectClient } from '../../src/temporal/temporal-connection.js';
import { runOnce } from '../compare.js';
import { classLimits, type CgroupLimits, type Cgroups } from '../measure/cgroup.js';
import { startMeasured, type MeasuredProcess } from '../measure/measured-process.js';
import { clientEnvironment, type Contender } from '../peers/contender.js';
import { REPOSITORY } from '../repository.js';
import type { Endpoint, Protocol } from '../stage/s3-servers.js';
import { startTemporal, type BenchTemporal } from '../stage/temporal.js';
import { pairUp, ratio, summarize, summarizePairs, type Summary } from '../statistics.js';
import type { BenchContext } from './bench-context.js';
import { runJob, type JobSample, type JobStage } from './run-job.js';

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

/** The worker of the smallest class inside its limits of memory and CPU. */
export interface SmallestClass {
  readonly protocol: Protocol;
  readonly sizeBytes: number;
  readonly memoryMB: MemoryClassMB;
  readonly seconds: number;
  /** By the control group's count, from the worker's start to the job's end; undefined where the kernel keeps none. */
  readonly cgroupPeakMB: number | undefined;
  readonly peakRssMB: number;
}

export interface PipelineResults {
  readonly comparisons: readonly PipelineComparison[];
  readonly smallestClass: SmallestClass;
}

const COMPARED_CLASS_MB: MemoryClassMB = 512;
const SMALLEST_CLASS_MB: MemoryClassMB = 128;

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
    const setting = { context, cgroups, temporal, endpoint: last, memoryMB: SMALLEST_CLASS_MB };
    const smallestClass = await withWorkers(setting, classLimits(SMALLEST_CLASS_MB), (stage) =>
      hashInSmallestClass(context, last, stage),
    );
    return { comparisons, smallestClass };
  } finally {
    await temporal.stop();
  }
}

interface Setting {
  readonly context: BenchContext;
  readonly cgroups: Cgroups;
  readonly temporal: BenchTemporal;
  readonly endpoint: Endpoint;
  readonly memoryMB: MemoryClassMB;
}

/** Runs `work` with a workflow worker, and a hash worker in a control group of its own. */
async function withWorkers<T>(
  { context, cgroups, temporal, endpoint, memoryMB }: Setting,
  limits: CgroupLimits | undefined,
  work: (stage: JobStage) => Promise<T>,
): Promise<T> {
  const env = { ...clientEnvironment(context.environment.env, endpoint), ...temporal.env };
  const start = (name: string, args: readonly string[], workerLimits?: CgroupLimits): MeasuredProcess =>
    startMeasured(
      { argv: [`${REPOSITORY}bin/midstate`, 'worker', ...args], env },
      cgroups,
      join(context.folder, 'logs', `${name}.log`),
      workerLimits,
    );
  const name = `${endpoint.protocol}-${String(memoryMB)}`;
  const workflowWorker = start(`workflows-${name}`, ['--workflows']);
  const worker = start(`worker-${name}`, ['--memory-class', String(memoryMB)], limits);
  const client = await connectClient(temporal.env);
  try {
    return await work({ client, worker, memoryMB });
  } finally {
    await client.connection.close();
    await worker.stop();
    await workflowWorker.stop();
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

async function hashInSmallestClass(
  context: BenchContext,
  { protocol }: Endpoint,
  stage: JobStage,
): Promise<SmallestClass> {
  const sizeBytes = context.plan.smallestClassObjectBytes;
  const object = await context.objectOf(sizeBytes);
  context.report(
    `${String(stage.memoryMB)} MB worker inside its limits, ${formatBytes(sizeBytes)} over ${protocol.toUpperCase()}`,
  );
  const { wallSeconds } = await runJob(stage, object);
  const peak = stage.worker.cgroupPeakBytes();
  return {
    protocol,
    sizeBytes,
    memoryMB: stage.memoryMB,
    seconds: wallSeconds,
    cgroupPeakMB: peak === undefined ? undefined : peak / 1e6,
    peakRssMB: stage.worker.peakRssBytes() / 1e6,
  };
}
