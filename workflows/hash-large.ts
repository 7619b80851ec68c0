import { continueAsNew } from '@temporalio/workflow';
import type { Digests } from '../activities/index.js';
import type {
  HashObjectInput,
  HashObjectResult,
  ObjectDescription,
  SinkReceipt,
} from '../src/core/contracts.js';
import { usableCheckpoint } from '../src/core/checkpoints.js';
import { proveDigests } from '../src/core/proof.js';
import { controlOptions, publishDigests } from './activity-proxies.js';
import { classFor, type Hashed, type Job } from './job.js';
import { readRanges } from './read-ranges.js';

/** Hashes an object range after range, proves and publishes its digests; or hands on to a new run. */
export async function hashLarge(job: Job, description: ObjectDescription): Promise<Hashed> {
  const { input } = job;
  const { object } = description;
  const memoryClassMB = classFor(input, object.sizeBytes);
  job.stats = { ...job.stats, memoryClassMB };
  const checkpoint = usableCheckpoint(job.checkpoint, object, input.algorithms) ?? {
    object,
    bytesHashed: 0,
    midstates: [],
  };
  const reading = await readRanges(
    input,
    description,
    memoryClassMB,
    { checkpoint, stats: job.stats },
    {
      board: job.board,
      onCheckpoint: (reached) => {
        job.checkpoint = reached;
      },
    },
  );
  job.stats = reading.stats;
  const { digests } = reading;
  if (digests === undefined) return await continueInNewRun(job, description);
  const proof = proveDigests(digests, description.storedChecksums);
  const published = await publish(input, description, digests);
  return { object, digests, proof, published, stats: job.stats };
}

async function continueInNewRun(
  { input, stats, checkpoint, reading }: Job,
  description: ObjectDescription,
): Promise<never> {
  return await continueAsNew<(input: HashObjectInput) => Promise<HashObjectResult>>({
    ...input,
    object: description.object,
    ...(checkpoint === undefined ? {} : { resumeFrom: checkpoint }),
    continued: { description, stats, reading },
  });
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
