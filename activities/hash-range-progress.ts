import type { ObjectRef } from '../src/core/contracts.js';
import type { AttemptWord, HashRangeInput, HashRangeProgress } from './activity-contracts.js';

/**
 * Reads the heartbeat details of an earlier attempt. Undefined when there are none, when they are of another object
 * version, or when they do not lie in the range: the range is then hashed from its start.
 */
export function tryParseProgress(details: unknown, input: HashRangeInput): HashRangeProgress | undefined {
  if (!isProgress(details)) return undefined;
  const { object, bytesHashed } = details.checkpoint;
  const inRange = bytesHashed >= input.startByte && bytesHashed <= input.endByteExclusive;
  return inRange && isSameVersion(object, input.object) ? details : undefined;
}

/** Attempts so far that ended without a last word, by what the newest of the others said. `attempt` is under way. */
export function countLostAttempts(details: unknown, attempt: number): number {
  if (!isWord(details)) return attempt - 1;
  const since = attempt - details.attempt - (details.handedOn ? 1 : 0);
  return details.lostAttempts + Math.max(since, 0);
}

function isSameVersion(a: ObjectRef, b: ObjectRef): boolean {
  return (
    a.bucket === b.bucket &&
    a.key === b.key &&
    a.versionId === b.versionId &&
    a.etag === b.etag &&
    a.sizeBytes === b.sizeBytes
  );
}

function isProgress(details: unknown): details is HashRangeProgress {
  const progress = details as Partial<HashRangeProgress> | null | undefined;
  return (
    isRecord(progress) &&
    isWord(details) &&
    typeof progress.bytesRead === 'number' &&
    isRecord(progress.checkpoint) &&
    isRecord(progress.checkpoint.object) &&
    Number.isSafeInteger(progress.checkpoint.bytesHashed) &&
    Array.isArray(progress.checkpoint.midstates)
  );
}

function isWord(details: unknown): details is AttemptWord {
  const word = details as Partial<AttemptWord> | null | undefined;
  return (
    isRecord(word) &&
    typeof word.lostAttempts === 'number' &&
    typeof word.attempt === 'number' &&
    typeof word.handedOn === 'boolean'
  );
}

function isRecord<T>(value: T): value is T & object {
  return typeof value === 'object' && value !== null;
}
