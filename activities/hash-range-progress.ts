import type { ObjectRef } from '../src/core/contracts.js';
import type { HashRangeInput, HashRangeProgress } from './activity-contracts.js';

/**
 * Reads the heartbeat details of an earlier attempt. Undefined when there are none, when they are of another object
 * version, when they do not lie in the range, or when their midstates begin elsewhere (a part's checkpoint is never
 * taken for that of the whole object, nor the other way round): the range is then hashed from its start.
 */
export function tryParseProgress(details: unknown, input: HashRangeInput): HashRangeProgress | undefined {
  if (!isProgress(details)) return undefined;
  const { object, bytesHashed, originByte } = details.checkpoint;
  const inRange = bytesHashed >= input.startByte && bytesHashed <= input.endByteExclusive;
  const isSame = originByte === input.originByte && isSameVersion(object, input.object);
  return inRange && isSame ? details : undefined;
}

/** Attempts so far that ended without a last word, the one under way being `attempt`. */
export function countLostAttempts(progress: HashRangeProgress | undefined, attempt: number): number {
  if (progress === undefined) return attempt - 1;
  const since = attempt - progress.attempt - (progress.handedOn ? 1 : 0);
  return progress.lostAttempts + Math.max(since, 0);
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
    typeof progress.bytesRead === 'number' &&
    typeof progress.lostAttempts === 'number' &&
    typeof progress.attempt === 'number' &&
    typeof progress.handedOn === 'boolean' &&
    isRecord(progress.checkpoint) &&
    isRecord(progress.checkpoint.object) &&
    Number.isSafeInteger(progress.checkpoint.bytesHashed) &&
    Array.isArray(progress.checkpoint.midstates)
  );
}

function isRecord<T>(value: T): value is T & object {
  return typeof value === 'object' && value !== null;
}
