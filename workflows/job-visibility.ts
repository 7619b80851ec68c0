import { defineSearchAttributeKey, type SearchAttributePair } from '@temporalio/common';
import { defineQuery, setCurrentDetails, setHandler, upsertSearchAttributes } from '@temporalio/workflow';
import type { Checkpoint, HashObjectResult } from '../src/core/contracts.js';
import { formatByteRange } from '../src/core/format-bytes.js';
import { failureDetails, progressDetails, resultDetails, type Milestone } from '../src/core/job-details.js';
import { PROGRESS_QUERY, type JobProgress } from '../src/core/job-progress.js';
import type { ByteRange } from '../src/core/ranges.js';
import { SEARCH_ATTRIBUTES, type HashStatus } from '../src/core/search-attributes.js';
import { countFailure, countResult } from './job-metrics.js';

const keys = {
  status: defineSearchAttributeKey('HashStatus', SEARCH_ATTRIBUTES.HashStatus),
  verdict: defineSearchAttributeKey('HashVerdict', SEARCH_ATTRIBUTES.HashVerdict),
  digests: defineSearchAttributeKey('HashDigests', SEARCH_ATTRIBUTES.HashDigests),
  cause: defineSearchAttributeKey('HashCause', SEARCH_ATTRIBUTES.HashCause),
  memoryClass: defineSearchAttributeKey('MemoryClass', SEARCH_ATTRIBUTES.MemoryClass),
  sizeBytes: defineSearchAttributeKey('ObjectSizeBytes', SEARCH_ATTRIBUTES.ObjectSizeBytes),
};

/** Makes the end findable: one upsert, for each is billed as an action. A refused sink shows as cause. */
export function showResult(result: HashObjectResult): void {
  const pairs: SearchAttributePair[] = [
    { key: keys.status, value: result.outcome satisfies HashStatus },
    { key: keys.memoryClass, value: String(result.stats.memoryClassMB) },
  ];
  if (result.object.sizeBytes !== undefined)
    pairs.push({ key: keys.sizeBytes, value: result.object.sizeBytes });
  if (result.outcome === 'hashed') {
    pairs.push({ key: keys.verdict, value: result.verdict });
    pairs.push({ key: keys.digests, value: Object.entries(result.digests).map((pair) => pair.join(':')) });
  }
  const refused = result.published.find((receipt) => receipt.status === 'refused')?.cause;
  if (refused !== undefined) pairs.push({ key: keys.cause, value: refused });
  upsertSearchAttributes(pairs);
  setCurrentDetails(resultDetails(result));
  countResult(result);
}

/** Makes a failure findable by its cause. */
export function showFailure(cause: string, message: string, checkpoint: Checkpoint | undefined): void {
  countFailure(cause);
  setCurrentDetails(failureDetails(cause, message, checkpoint));
  upsertSearchAttributes([
    { key: keys.status, value: 'failed' satisfies HashStatus },
    { key: keys.cause, value: cause },
  ]);
}

/** Answers the `progress` query and fills the Web UI's details panel. Costs no history event. */
export interface ProgressBoard {
  show(progress: JobProgress): void;
}

export function createProgressBoard(): ProgressBoard {
  let shown: JobProgress = { bytesHashed: 0, sizeBytes: 0, range: 0, ranges: 0, memoryClassMB: undefined };
  let from: Milestone | undefined;
  setHandler(defineQuery<JobProgress>(PROGRESS_QUERY), () => shown, {
    description: 'How far the hash has durably come.',
  });
  return {
    show(progress) {
      const nowMs = Date.now();
      if (progress.phase !== shown.phase) from = undefined;
      from ??= { bytesHashed: progress.bytesHashed, timeMs: nowMs };
      shown = progress;
      setCurrentDetails(progressDetails(progress, from, nowMs));
    },
  };
}

/** Name of a range's activity in the Web UI's timeline: `range 3/5 · 2.0–3.0 GB · 512 MB`. */
export function rangeSummary(
  range: ByteRange,
  { range: number, ranges, memoryClassMB }: JobProgress,
): string {
  return `range ${String(number)}/${String(ranges)} · ${formatByteRange(range)} · ${String(memoryClassMB)} MB`;
}
