import type { Client } from '@temporalio/client';
import { MidstateError } from '../../src/core/failures.js';
import type { MemoryClassMB } from '../../src/core/memory-classes.js';
import { jobResult } from '../../src/temporal/job-result.js';
import { startHashObject } from '../../src/temporal/start-hash-object.js';
import type { MeasuredProcess } from '../measure/measured-process.js';
import { BUCKET, type BenchObject } from '../stage/bench-object.js';

/** A worker of one class, and the means to give it work. */
export interface JobStage {
  readonly client: Client;
  readonly worker: MeasuredProcess;
  readonly memoryMB: MemoryClassMB;
}

/** What one job took of its worker. */
export interface JobSample {
  /** The worker's, from the job's start to its result. */
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
}

const POLL_MS = 250;
/** 5 GB in the smallest class take two to four minutes. */
const JOB_TIMEOUT_MS = 20 * 60_000;

/**
 * Hashes an object through Temporal on the worker and checks the digest.
 * @throws MidstateError CorruptRead when the digest is wrong; WorkerShutdown when the worker ends or is killed
 */
export async function runJob(stage: JobStage, object: BenchObject): Promise<JobSample> {
  const { client, worker, memoryMB } = stage;
  const before = { cpu: worker.cpuSeconds(), time: performance.now() };
  const { workflowId } = await startHashObject(
    client,
    {
      object: { bucket: BUCKET, key: object.key, sizeBytes: object.sizeBytes },
      algorithms: ['sha1'],
      source: { kind: 'submit' },
      policy: { memoryClassMB: memoryMB },
    },
    true,
  );
  const result = await whileWell(worker, jobResult(client, workflowId));
  const sample = {
    cpuSeconds: worker.cpuSeconds() - before.cpu,
    wallSeconds: (performance.now() - before.time) / 1_000,
  };
  if (result.outcome !== 'hashed' || result.digests.sha1 !== object.digests.sha1) {
    throw new MidstateError('CorruptRead', 'bench: the pipeline has a wrong result', {
      facts: {
        key: object.key,
        outcome: result.outcome,
        expected: object.digests.sha1,
        actual: result.digests.sha1,
      },
    });
  }
  return sample;
}

/** Waits for the work; gives up as soon as the worker is in trouble, for the job would wait for another one. */
async function whileWell<T>(worker: MeasuredProcess, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const startedAt = performance.now();
  const inTrouble = new Promise<never>((_, reject) => {
    timer = setInterval(() => {
      const isLate = performance.now() - startedAt > JOB_TIMEOUT_MS;
      const trouble = worker.trouble() ?? (isLate ? 'the job takes too long' : undefined);
      if (trouble !== undefined) reject(new MidstateError('WorkerShutdown', `bench: the worker: ${trouble}`));
    }, POLL_MS);
  });
  try {
    return await Promise.race([work, inTrouble]);
  } finally {
    clearInterval(timer);
  }
}
