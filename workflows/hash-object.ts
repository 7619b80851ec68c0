import { isCancellation } from '@temporalio/workflow';
import type { HashObjectInput, HashObjectResult, ObjectDescription, Outcome } from '../src/core/contracts.js';
import { memoryClass } from '../src/core/memory-classes.js';
import { judgeDigests } from '../src/core/proof.js';
import { classFor } from '../src/core/routing.js';
import { controlOptions, describeObject } from './activity-proxies.js';
import { hashLarge } from './hash-large.js';
import { hashSmall } from './hash-small.js';
import { causeOf, checkpointOf, isJobFailure, jobFailure } from './job-failure.js';
import { restoreArchived } from './restore-archived.js';
import { showCancellation, showFailure, showResult } from './job-visibility.js';
import { createJob, startOver, type Hashed, type Job } from './job.js';

/** A digest that contradicts S3's own checksum is read once more before the job fails. */
const READINGS = 2;

/**
 * Hashes one object version. History: 12 events for an object of one chunk or less; 24 + 6 a range otherwise, and a
 * new run each 400 ranges.
 *
 * Ends as `hashed`, as `superseded` (the object changed: its own event hashes it) or as `gone`; or fails under a name
 * of the taxonomy, with the last checkpoint in the failure's details; or is cancelled, and says so.
 */
export async function hashObject(input: HashObjectInput): Promise<HashObjectResult> {
  const job = createJob(input);
  try {
    const hashed = await hashAndProve(job);
    return finish(job, 'hashed', hashed);
  } catch (error) {
    if (isCancellation(error)) showCancellation(job.checkpoint);
    if (!isJobFailure(error) || isCancellation(error)) throw error;
    const cause = causeOf(error);
    if (cause === 'ObjectChanged') return finish(job, 'superseded');
    if (cause === 'ObjectGone') return finish(job, 'gone');
    job.checkpoint = checkpointOf(error) ?? job.checkpoint;
    const failure = jobFailure(cause, error, job.checkpoint);
    showFailure(cause, failure.message, job.checkpoint);
    throw failure;
  }
}

async function hashAndProve(job: Job): Promise<Hashed> {
  for (;;) {
    try {
      return await hashOnce(job);
    } catch (error) {
      const { restore } = job.input.policy ?? {};
      const cause = causeOf(error);
      if (cause === 'Archived' && restore !== undefined && !job.wasArchived)
        await restoreArchived(job, restore);
      else if (cause === 'CorruptRead' && job.reading < READINGS) startOver(job);
      else throw error;
    }
  }
}

async function hashOnce(job: Job): Promise<Hashed> {
  const { input } = job;
  if (input.object.sizeBytes !== undefined && isSmall(input, input.object.sizeBytes))
    return await hashSmall(job);
  const description = input.continued?.description ?? (await describe(input));
  if (isSmall(input, description.object.sizeBytes)) return await hashSmall(job, description);
  return await hashLarge(job, description);
}

/** One chunk or less, nothing to resume, and no parts to prove: one activity does it all. */
function isSmall(input: HashObjectInput, sizeBytes: number): boolean {
  if (input.policy?.proveParts === true) return false;
  const rangeBytes = input.policy?.rangeSizeBytes ?? Infinity;
  const chunkBytes = memoryClass(classFor(input.policy, sizeBytes)).chunkSizeBytes;
  return input.resumeFrom === undefined && sizeBytes <= Math.min(chunkBytes, rangeBytes);
}

async function describe(input: HashObjectInput): Promise<ObjectDescription> {
  const options = controlOptions(input.policy ?? {}, 'describe');
  return await describeObject.executeWithOptions(options, [{ object: input.object }]);
}

function finish(job: Job, outcome: Outcome, hashed?: Hashed): HashObjectResult {
  const digests = hashed?.digests ?? {};
  const result: HashObjectResult = {
    outcome,
    object: hashed?.object ?? job.input.object,
    digests,
    verdict: judgeDigests(digests, job.input.expected),
    proof: hashed?.proof ?? { kind: 'none', reason: 'the object was not hashed' },
    published: hashed?.published ?? [],
    stats: { ...job.stats, finishedAt: new Date().toISOString() },
    ...(job.restored === undefined ? {} : { restored: job.restored }),
    ...(job.notes.length === 0 ? {} : { notes: job.notes }),
  };
  showResult(result);
  return result;
}
