import type { ObjectDescription } from '../src/core/contracts.js';
import { hashSmallObject, readingOptions } from './activity-proxies.js';
import { addReadStats, classFor, type Hashed, type Job } from './job.js';

/** Hashes an object of one chunk or less: one activity describes, hashes, proves and publishes it. */
export async function hashSmall(job: Job, description?: ObjectDescription): Promise<Hashed> {
  const { algorithms, policy = {}, object } = job.input;
  const wanted = description?.object ?? object;
  const sizeBytes = wanted.sizeBytes ?? 0;
  const memoryClassMB = classFor(job.input, sizeBytes);
  job.stats = { ...job.stats, memoryClassMB };
  const options = readingOptions(
    memoryClassMB,
    policy,
    sizeBytes,
    `whole object · ${String(memoryClassMB)} MB`,
  );
  const { publish = {}, reuseStored } = policy;
  const result = await hashSmallObject.executeWithOptions(options, [
    { object: wanted, algorithms, publish, ...(reuseStored === undefined ? {} : { reuseStored }) },
  ]);
  addReadStats(job, result.stats);
  job.notes = result.notes ?? [];
  const { digests, proof, receipts } = result;
  return { object: result.description.object, digests, proof, published: receipts };
}
