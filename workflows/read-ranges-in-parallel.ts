import type { Digests } from '../activities/index.js';
import type { CombinableAlgorithm } from '../src/core/combine-crc.js';
import type { Checkpoint, ObjectDescription } from '../src/core/contracts.js';
import { extendPrefix, prefixOf, tryCheckpointOf } from '../src/core/crc-prefix.js';
import { countRanges, nextRange, type ByteRange } from '../src/core/ranges.js';
import { hashRange } from './activity-proxies.js';
import { inOrder } from './in-order.js';
import { addReadStats, continueInNewRun, type Job } from './job.js';
import { planRanges, rangeReading, showPosition, type RangePlan } from './range-plan.js';
import { runInClass } from './run-in-class.js';

/**
 * Hashes several ranges at once, each from its own initial state, and combines their CRCs in order. What has been
 * combined is a checkpoint like any other: a CRC's midstate is the complement of its digest. At most six history events
 * a range; continues as new where this run has done its share, after the ranges under way.
 */
export async function readRangesInParallel(
  job: Job,
  description: ObjectDescription,
  algorithms: readonly CombinableAlgorithm[],
  checkpoint: Checkpoint,
): Promise<Digests> {
  const { object } = description;
  const plan = planRanges(job, object);
  let prefix = prefixOf(checkpoint, algorithms);
  const ranges = nextRanges(plan, prefix.bytesHashed, job.rangesLeft);
  job.rangesLeft -= ranges.length;
  showPosition(job, plan, prefix.bytesHashed);
  await inOrder(
    ranges,
    plan.width,
    (range) =>
      runInClass(job, plan.memory, rangeReading(plan, range), (options, given) =>
        hashRange.executeWithOptions(options, [
          { object, algorithms, ...range, midstates: [], originByte: range.startByte, ...given },
        ]),
      ),
    (result, { startByte, endByteExclusive }) => {
      addReadStats(job, result.stats);
      prefix = extendPrefix(prefix, result.partDigests ?? {}, endByteExclusive - startByte);
      job.checkpoint = tryCheckpointOf(object, prefix) ?? job.checkpoint;
      showPosition(job, plan, prefix.bytesHashed);
    },
  );
  return prefix.bytesHashed === object.sizeBytes ? prefix.digests : await continueInNewRun(job, description);
}

/** The ranges from `fromByte` on, at most `count` of them. */
function nextRanges({ object, rangeBytes }: RangePlan, fromByte: number, count: number): ByteRange[] {
  const length = Math.min(countRanges(fromByte, object.sizeBytes, rangeBytes), count);
  return Array.from({ length }, (_, index) =>
    nextRange(fromByte + index * rangeBytes, object.sizeBytes, rangeBytes),
  );
}
