import type { Digests, HashPartsProgress, HashPartsResult } from '../activities/index.js';
import { ALGORITHM_TRAITS } from '../src/core/algorithms.js';
import type { CombinableAlgorithm } from '../src/core/combine-crc.js';
import { compositeChecksum } from '../src/core/composite-checksum.js';
import type { ObjectDescription, PartsProgress } from '../src/core/contracts.js';
import { emptyPrefix, extendPrefix, tryCheckpointOf, type CrcPrefix } from '../src/core/crc-prefix.js';
import { hashTaskQueue } from '../src/core/memory-classes.js';
import { batchesOf, type PartBatch } from '../src/core/part-layout.js';
import { requireEqual } from '../src/core/proof.js';
import { partsChecksum, type PartsChecksum } from '../src/core/stored-parts.js';
import { controlOptions, describeParts, hashParts } from './activity-proxies.js';
import { inOrder } from './in-order.js';
import { addReadStats, continueInNewRun, noteOnce, type Job } from './job.js';
import { planRanges, type RangePlan } from './range-plan.js';
import { runInClass, type Reading } from './run-in-class.js';

/** What S3 holds of an object by its parts, and how far the parts have been hashed. */
export interface PartsPlan {
  readonly checksum: PartsChecksum;
  readonly progress: PartsProgress;
}

/** Finds the parts to hash; undefined, with a note of the reason, where there is nothing that they could prove. */
export async function planParts(job: Job, description: ObjectDescription): Promise<PartsPlan | undefined> {
  const { policy = {} } = job.input;
  const checksum = partsChecksum(description);
  if (checksum.algorithm === undefined) {
    noteUnproved(job, checksum.reason);
    return undefined;
  }
  if (job.parts !== undefined) return { checksum, progress: job.parts };
  const { parts } = checksum;
  const { partSizeBytes } = policy;
  const layout = await describeParts.executeWithOptions(controlOptions(policy, 'describe parts', parts), [
    { object: description.object, parts, ...(partSizeBytes === undefined ? {} : { partSizeBytes }) },
  ]);
  if (layout.runs === undefined) {
    noteUnproved(job, layout.reason);
    return undefined;
  }
  job.parts = { layout: layout.runs, partDigests: '', combined: {}, bytesHashed: 0 };
  return { checksum, progress: job.parts };
}

/** Notes that the parts were not proved, where there is something to say. */
export function noteUnproved(job: Job, reason: string | undefined): void {
  if (reason !== undefined) noteOnce(job, `parts not proved: ${reason}`);
}

/**
 * Hashes the object's parts, several batches at once, and compares the checksum they make with the one S3 holds. At most
 * six history events a batch; continues as new where this run has done its share.
 *
 * @param combined CRCs to compute of the whole object in the same read
 * @returns those CRCs
 * @throws MidstateError CorruptRead when the parts read are not those stored
 */
export async function readParts(
  job: Job,
  description: ObjectDescription,
  { checksum, progress }: PartsPlan,
  combined: readonly CombinableAlgorithm[],
): Promise<Digests> {
  const { object } = description;
  const { algorithm } = checksum;
  const plan = planRanges(job, object);
  const isOnlyRead = progress.digests === undefined;
  let reached = progress.partDigests === '' ? { ...progress, ...emptyDigests(combined) } : progress;
  const batches = batchesOf(reached.layout, partsDone(reached, checksum), plan.rangeBytes);
  const batchesNow = batches.slice(0, job.rangesLeft);
  job.rangesLeft -= batchesNow.length;
  showParts(job, plan, reached, checksum);
  await inOrder(
    batchesNow,
    plan.width,
    (batch) => {
      const input = {
        object,
        algorithm,
        combined,
        startByte: batch.startByte,
        partSizes: batch.partSizes,
      };
      const reading = batchReading(batch, checksum);
      return runInClass<HashPartsResult, HashPartsProgress>(job, plan.memory, reading, (options, given) =>
        hashParts.executeWithOptions(options, [{ ...input, ...given }]),
      );
    },
    (result, batch) => {
      addReadStats(job, result.stats);
      reached = extendParts(reached, result, batch);
      job.parts = reached;
      if (isOnlyRead) job.checkpoint = tryCheckpointOf(object, prefixOf(reached)) ?? job.checkpoint;
      showParts(job, plan, reached, checksum);
    },
  );
  if (batchesNow.length < batches.length) return await continueInNewRun(job, description);
  requireEqual(algorithm, checksum.value, compositeChecksum(algorithm, splitDigests(reached, checksum)));
  return reached.combined;
}

function emptyDigests(combined: readonly CombinableAlgorithm[]): Pick<PartsProgress, 'combined'> {
  return { combined: emptyPrefix(combined).digests };
}

function extendParts(reached: PartsProgress, result: HashPartsResult, batch: PartBatch): PartsProgress {
  const lengthBytes = batch.endByteExclusive - batch.startByte;
  const { bytesHashed, digests } = extendPrefix(prefixOf(reached), result.combined, lengthBytes);
  const partDigests = reached.partDigests + result.partDigests;
  return { ...reached, bytesHashed, combined: digests, partDigests };
}

function prefixOf({ bytesHashed, combined }: PartsProgress): CrcPrefix {
  return { bytesHashed, digests: combined };
}

function partsDone({ partDigests }: PartsProgress, { algorithm }: PartsChecksum): number {
  return partDigests.length / ALGORITHM_TRAITS[algorithm].digestHexLength;
}

function splitDigests(reached: PartsProgress, checksum: PartsChecksum): string[] {
  const { digestHexLength } = ALGORITHM_TRAITS[checksum.algorithm];
  return Array.from({ length: partsDone(reached, checksum) }, (_, index) =>
    reached.partDigests.slice(index * digestHexLength, (index + 1) * digestHexLength),
  );
}

function batchReading(batch: PartBatch, { parts }: PartsChecksum): Reading {
  const { firstPart, partSizes, startByte, endByteExclusive } = batch;
  const lastPart = firstPart + partSizes.length - 1;
  return {
    taskQueue: hashTaskQueue,
    sizeBytes: endByteExclusive - startByte,
    title: (memoryMB) =>
      `parts ${String(firstPart)} to ${String(lastPart)} of ${String(parts)} · ${String(memoryMB)} MB`,
  };
}

function showParts(job: Job, plan: RangePlan, reached: PartsProgress, checksum: PartsChecksum): void {
  job.board.show({
    bytesHashed: reached.bytesHashed,
    sizeBytes: plan.object.sizeBytes,
    range: partsDone(reached, checksum),
    ranges: checksum.parts,
    memoryClassMB: plan.memory.memoryMB,
    phase: 'proving parts',
  });
}
