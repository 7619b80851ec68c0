import { formatBytes } from '../../src/core/format-bytes.js';
import type { MemoryClassMB } from '../../src/core/memory-classes.js';
import { runOnce } from '../compare.js';
import { classLimits } from '../measure/cgroup.js';
import type { Contender } from '../peers/contender.js';
import type { Protocol } from '../stage/s3-servers.js';
import { runJob, type JobStage } from './run-job.js';
import { withWorkers, type Setting } from './with-workers.js';

/** One object through Temporal on a worker inside its class's limits of memory and CPU. One run. */
export interface ConfinedJob {
  readonly memoryMB: MemoryClassMB;
  readonly protocol: Protocol;
  readonly sizeBytes: number;
  /** From the start of the job to its result. */
  readonly seconds: number;
  /** By the control group's count, of the worker's life so far; undefined where the kernel keeps none. */
  readonly cgroupPeakMB: number | undefined;
  readonly peakRssMB: number;
  /** Python's loop on the same object in the same limits, less its start-up; not for the largest objects. */
  readonly pythonSeconds: number | undefined;
}

/** Hashes an object of each size of the plan, rising, in each class. A worker that is killed ends the bench. */
export async function hashConfined(setting: Omit<Setting, 'memoryMB'>): Promise<ConfinedJob[]> {
  const { plan } = setting.context;
  const jobs: ConfinedJob[] = [];
  for (const memoryMB of plan.confinedClassesMB) {
    jobs.push(
      ...(await withWorkers({ ...setting, memoryMB }, classLimits(memoryMB), (stage) =>
        hashInClass(setting, stage),
      )),
    );
  }
  return jobs;
}

async function hashInClass(setting: Omit<Setting, 'memoryMB'>, stage: JobStage): Promise<ConfinedJob[]> {
  const { context, endpoint } = setting;
  const python = context.contenders.find(({ id }) => id === 'python');
  const { memoryMB, worker } = stage;
  const jobs: ConfinedJob[] = [];
  for (const sizeBytes of context.plan.confinedObjectBytes) {
    context.environment.signal?.throwIfAborted();
    const where = `${String(memoryMB)} MB worker inside its limits`;
    context.report(`${where}, ${formatBytes(sizeBytes)} over ${endpoint.protocol.toUpperCase()}`);
    const { wallSeconds } = await runJob(stage, await context.objectOf(sizeBytes));
    const peak = worker.cgroupPeakBytes();
    jobs.push({
      memoryMB,
      protocol: endpoint.protocol,
      sizeBytes,
      seconds: wallSeconds,
      cgroupPeakMB: peak === undefined ? undefined : peak / 1e6,
      peakRssMB: worker.peakRssBytes() / 1e6,
      pythonSeconds:
        python === undefined || sizeBytes > context.plan.objectBytes
          ? undefined
          : await secondsOf(python, setting, { memoryMB, sizeBytes }),
    });
  }
  return jobs;
}

async function secondsOf(
  contender: Contender,
  { context, cgroups, endpoint }: Omit<Setting, 'memoryMB'>,
  { memoryMB, sizeBytes }: Pick<ConfinedJob, 'memoryMB' | 'sizeBytes'>,
): Promise<number> {
  const secondsOn = async (bytes: number): Promise<number> => {
    const task = { endpoint, object: await context.objectOf(bytes), algorithms: ['sha1'] as const };
    const options = { cgroups, limits: classLimits(memoryMB) };
    return (await runOnce({ name: contender.id, contender, task }, options)).wallSeconds;
  };
  return (await secondsOn(sizeBytes)) - (await secondsOn(1));
}
