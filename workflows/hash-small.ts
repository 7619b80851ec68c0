import type { ObjectDescription } from '../src/core/contracts.js';
import { smallTaskQueue } from '../src/core/memory-classes.js';
import { hashSmallObject } from './activity-proxies.js';
import { addReadStats, classInUse, type Hashed, type Job } from './job.js';
import { runInClass, type Reading } from './run-in-class.js';

/** Hashes an object of one chunk or less: one activity describes, hashes, proves and publishes it. */
export async function hashSmall(job: Job, description?: ObjectDescription): Promise<Hashed> {
  const { algorithms, policy = {}, object } = job.input;
  const wanted = description?.object ?? object;
  const sizeBytes = wanted.sizeBytes ?? 0;
  const memory = classInUse(job, sizeBytes);
  job.stats = { ...job.stats, memoryClassMB: memory.memoryMB };
  const { publish = {}, reuseStored } = policy;
  const input = {
    object: wanted,
    algorithms,
    publish,
    ...(reuseStored === undefined ? {} : { reuseStored }),
  };
  const result = await runInClass(job, memory, readingOf(sizeBytes), (options, given) =>
    hashSmallObject.executeWithOptions(options, [{ ...input, ...given }]),
  );
  addReadStats(job, result.stats);
  job.notes = result.notes ?? [];
  const { digests, proof, receipts } = result;
  return { object: result.description.object, digests, proof, published: receipts };
}

function readingOf(sizeBytes: number): Reading {
  return {
    taskQueue: smallTaskQueue,
    sizeBytes,
    title: (memoryMB) => `whole object · ${String(memoryMB)} MB`,
  };
}
