import type { Digests } from '../activities/index.js';
import type { HashObjectInput, ObjectDescription, SinkReceipt } from '../src/core/contracts.js';
import { reusableDigests } from '../src/core/proof.js';
import { controlOptions, publishDigests } from './activity-proxies.js';
import { classInUse, noteOnce, type Hashed, type Job } from './job.js';
import { readAndProve, type Answer } from './read-and-prove.js';

/** Hashes an object range after range, proves and publishes its digests; or hands on to a new run. */
export async function hashLarge(job: Job, description: ObjectDescription): Promise<Hashed> {
  const { input } = job;
  const { object } = description;
  job.stats = { ...job.stats, memoryClassMB: classInUse(job, object.sizeBytes).memoryMB };
  job.notes = input.continued?.notes ?? [];
  const { digests, proof } = tryReuse(job, description) ?? (await readAndProve(job, description));
  const published = await publish(input, description, digests);
  return { object, digests, proof, published };
}

/** S3's own checksums, where the policy allows it and they answer. */
function tryReuse(job: Job, { storedChecksums }: ObjectDescription): Answer | undefined {
  const { algorithms, policy } = job.input;
  if (policy?.reuseStored !== true) return undefined;
  const reuse = reusableDigests(algorithms, storedChecksums);
  if (reuse.digests !== undefined) {
    return { digests: reuse.digests, proof: { kind: 'reused-stored', algorithms } };
  }
  noteOnce(job, reuse.reason);
  return undefined;
}

async function publish(
  input: HashObjectInput,
  description: ObjectDescription,
  digests: Digests,
): Promise<readonly SinkReceipt[]> {
  const sinks = input.policy?.publish ?? {};
  if (sinks.tags !== true && sinks.sidecar !== true) return [];
  const options = controlOptions(input.policy ?? {}, 'publish');
  const { receipts } = await publishDigests.executeWithOptions(options, [
    { description, digests, publish: sinks },
  ]);
  return receipts;
}
