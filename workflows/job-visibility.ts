import { defineSearchAttributeKey, type SearchAttributePair } from '@temporalio/common';
import {
  defineQuery,
  getCurrentDetails,
  patched,
  setCurrentDetails,
  setHandler,
  upsertMemo,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import type { Checkpoint, HashObjectResult } from '../src/core/contracts.js';
import { formatByteRange } from '../src/core/format-bytes.js';
import {
  cancelledDetails,
  failureDetails,
  progressDetails,
  restoreDetails,
  resultDetails,
  type Milestone,
} from '../src/core/job-details.js';
import { PROGRESS_QUERY, type JobProgress } from '../src/core/job-progress.js';
import type { MemoryClassMB } from '../src/core/memory-classes.js';
import { FAILURE_MEMO, failureNote } from '../src/core/failure-note.js';
import type { JobFailureCause } from '../src/core/job-metrics.js';
import type { ByteRange } from '../src/core/ranges.js';
import type { Archive, RestoreTier } from '../src/core/restore.js';
import { SEARCH_ATTRIBUTES, type HashStatus } from '../src/core/search-attributes.js';
import { countCancellation, countFailure, countResult } from './job-metrics.js';

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

/** Makes the class that took over findable, and its reason readable until the next range begins. */
export function showMemoryClass(memoryMB: MemoryClassMB, reason: string): void {
  upsertSearchAttributes([{ key: keys.memoryClass, value: String(memoryMB) }]);
  const details = getCurrentDetails();
  setCurrentDetails(details === '' ? reason : `${reason}\n\n${details}`);
}

/** Says that the job waits for S3, and costs nothing meanwhile. */
export function showRestore(archive: Archive, tier: RestoreTier): void {
  setCurrentDetails(restoreDetails(archive, tier));
}

/** Makes a failure findable by its cause, and lists tell what happened and how far the job had come. */
export function showFailure(
  cause: JobFailureCause,
  message: string,
  checkpoint: Checkpoint | undefined,
): void {
  countFailure(cause);
  setCurrentDetails(failureDetails(cause, message, checkpoint));
  upsertSearchAttributes([
    { key: keys.status, value: 'failed' satisfies HashStatus },
    { key: keys.cause, value: cause },
  ]);
  // A failed job of an earlier version is still replayed for queries.
  if (patched('failure-memo')) upsertMemo({ [FAILURE_MEMO]: failureNote(cause, message, checkpoint) });
}

/** Makes a job that an operator holds findable, and one that goes on again. */
export function showPause(isHeld: boolean): void {
  const status: HashStatus = isHeld ? 'paused' : 'hashing';
  upsertSearchAttributes([{ key: keys.status, value: status }]);
  if (isHeld) setCurrentDetails(`${PAUSED_DETAILS}\n\n${getCurrentDetails()}`);
  else setCurrentDetails(getCurrentDetails().replace(`${PAUSED_DETAILS}\n\n`, ''));
}

const PAUSED_DETAILS = '**paused** by an operator: the signal `resume` lets it go on.';

/** Makes a cancellation findable. A job of 0.1.0 that was cancelled stayed `hashing`; it is still replayed for queries. */
export function showCancellation(checkpoint: Checkpoint | undefined): void {
  countCancellation();
  setCurrentDetails(cancelledDetails(checkpoint));
  if (!patched('cancelled-status')) return;
  upsertSearchAttributes([{ key: keys.status, value: 'cancelled' satisfies HashStatus }]);
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
      const held = getCurrentDetails().startsWith(PAUSED_DETAILS) ? `${PAUSED_DETAILS}\n\n` : '';
      setCurrentDetails(held + progressDetails(progress, from, nowMs));
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
