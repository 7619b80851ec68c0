import { patched } from '@temporalio/workflow';
import type { Digests } from '../activities/index.js';
import type { Algorithm } from '../src/core/algorithms.js';
import { algorithmsFrom } from '../src/core/checkpoints.js';
import { isCombinable } from '../src/core/combine-crc.js';
import type { Checkpoint, ObjectDescription } from '../src/core/contracts.js';
import { countRanges, nextRange } from '../src/core/ranges.js';
import { hashRange } from './activity-proxies.js';
import { addReadStats, continueInNewRun, type Job } from './job.js';
import { planRanges, rangeReading, showPosition } from './range-plan.js';
import { readRangesInParallel } from './read-ranges-in-parallel.js';
import { runInClass } from './run-in-class.js';

/**
 * Hashes the object's bytes from `checkpoint` to its end: range after range, or several at once where every algorithm
 * can be combined. Six history events a range; continues as new where this run has done its share.
 *
 * @param wanted the algorithms to begin with; a hash that goes on keeps those of its checkpoint
 */
export async function readRanges(
  job: Job,
  description: ObjectDescription,
  wanted: readonly Algorithm[],
  checkpoint: Checkpoint,
): Promise<Digests> {
  const { rangeBytes, width } = planRanges(job, description.object);
  const algorithms = algorithmsFrom(checkpoint, wanted);
  const rangesToGo = countRanges(checkpoint.bytesHashed, description.object.sizeBytes, rangeBytes);
  const isParallel = width > 1 && rangesToGo > 1 && algorithms.every(isCombinable);
  // A job of 0.1.0 reads one range after another to the end of its run.
  return isParallel && patched('parallel-ranges')
    ? await readRangesInParallel(job, description, algorithms.filter(isCombinable), checkpoint)
    : await readOneAfterAnother(job, description, wanted, checkpoint);
}

async function readOneAfterAnother(
  job: Job,
  description: ObjectDescription,
  wanted: readonly Algorithm[],
  from: Checkpoint,
): Promise<Digests> {
  const { object } = description;
  const plan = planRanges(job, object);
  let checkpoint = from;
  for (; job.rangesLeft > 0; job.rangesLeft--) {
    const range = nextRange(checkpoint.bytesHashed, object.sizeBytes, plan.rangeBytes);
    showPosition(job, plan, range.startByte);
    const algorithms = algorithmsFrom(checkpoint, wanted);
    const input = { object, algorithms, ...range, midstates: checkpoint.midstates };
    const result = await runInClass(job, plan.memory, rangeReading(plan, range), (options, given) =>
      hashRange.executeWithOptions(options, [{ ...input, ...given }]),
    );
    addReadStats(job, result.stats);
    if (result.digests !== undefined) {
      job.rangesLeft--;
      return result.digests;
    }
    checkpoint = { object, bytesHashed: result.bytesHashed, midstates: result.midstates };
    job.checkpoint = checkpoint;
  }
  return await continueInNewRun(job, description);
}
