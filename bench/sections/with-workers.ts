import { join } from 'node:path';
import type { MemoryClassMB } from '../../src/core/memory-classes.js';
import { connectClient } from '../../src/temporal/temporal-connection.js';
import type { CgroupLimits, Cgroups } from '../measure/cgroup.js';
import { startMeasured, type MeasuredProcess } from '../measure/measured-process.js';
import { clientEnvironment } from '../peers/contender.js';
import { REPOSITORY } from '../repository.js';
import type { Endpoint } from '../stage/s3-servers.js';
import type { BenchTemporal } from '../stage/temporal.js';
import type { BenchContext } from './bench-context.js';
import type { JobStage } from './run-job.js';

/** Where workers run, and for whom. */
export interface Setting {
  readonly context: BenchContext;
  readonly cgroups: Cgroups;
  readonly temporal: BenchTemporal;
  readonly endpoint: Endpoint;
  readonly memoryMB: MemoryClassMB;
}

/** Runs `work` with a workflow worker, and a hash worker in a control group of its own. */
export async function withWorkers<T>(
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
  const client = await connectClient({ env: temporal.env });
  try {
    return await work({ client, worker, memoryMB });
  } finally {
    await client.connection.close();
    await worker.stop();
    await workflowWorker.stop();
  }
}
