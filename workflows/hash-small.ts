import type { ObjectDescription } from '../src/core/contracts.js';
import { hashSmallObject, readingOptions } from './activity-proxies.js';
import { classFor, type Hashed, type Job } from './job.js';
import { addReadStats } from './read-ranges.js';

/** Hashes an object of one chunk or less: one activity describes, hashes, proves and publishes it. */
export async function hashSmall(job: Job, description?: ObjectDescription): Promise<Hashed> {
  const { algorithms, policy = {}, object } = job.input;
  const wanted = description?.object ?? object;
  const sizeBytes = wanted.sizeBytes ?? 0;
  const memoryClassMB = classFor(job.input, sizeBytes);
  const options = readingOptions(
    memoryClassMB,
    policy,
    sizeBytes,
    `whole object · ${String(memoryClassMB)} MB`,
  );
  const result = await hashSmallObject.executeWithOptions(options, [
    { object: wanted, algorithms, publish: policy.publish ?? {} },
  ]);
  job.stats = addReadStats({ ...job.stats, memoryClassMB }, result.stats);
  return {
    object: result.description.object,
    digests: result.digests,
    proof: result.proof,
    published: result.receipts,
    stats: job.stats,
  };
}
