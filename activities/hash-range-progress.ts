import type { ObjectRef } from '../src/core/contracts.js';
import type { HashRangeInput, HashRangeProgress } from './activity-contracts.js';

/**
 * Reads the heartbeat details of an earlier attempt. Undefined when there are none; also when they cannot be used, of
 * which `refuse` is told: the range is then hashed from its start. A part's checkpoint is never taken for that of the
 * whole object, nor the other way round.
 */
export function tryParseProgress(
  details: unknown,
  input: HashRangeInput,
  refuse: (reason: string) => void = () => undefined,
): HashRangeProgress | undefined {
  if (details === undefined || details === null) return undefined;
  const reason = reasonToRefuse(details, input);
  if (reason === undefined) return details as HashRangeProgress;
  refuse(reason);
  return undefined;
}

function reasonToRefuse(details: unknown, input: HashRangeInput): string | undefined {
  if (!isProgress(details)) return 'it is not the progress of a range';
  const { object, bytesHashed, originByte } = details.checkpoint;
  if (!isSameVersion(object, input.object)) return 'it is of another object version';
  if (originByte !== input.originByte) return 'its midstates begin elsewhere in the object';
  if (bytesHashed < input.startByte || bytesHashed > input.endByteExclusive) {
    return `its position, ${String(bytesHashed)}, lies outside of the range`;
  }
  return undefined;
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
