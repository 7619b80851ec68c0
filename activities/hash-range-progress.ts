import type { ObjectRef } from '../src/core/contracts.js';
import type { AttemptWord, HashRangeInput, HashRangeProgress } from './activity-contracts.js';

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
  if (details === undefined || details === null || isBareWord(details)) return undefined;
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

/** What an attempt leaves that failed before there was anything to go on from. */
function isBareWord(details: unknown): boolean {
  return isWord(details) && !('checkpoint' in details) && !('bytesRead' in details);
}

function isRecord<T>(value: T): value is T & object {
  return typeof value === 'object' && value !== null;
}
