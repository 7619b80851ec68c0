import type { Algorithm } from './algorithms.js';
import type { Checkpoint, ObjectRef } from './contracts.js';

/** A checkpoint at the object's start, from which every algorithm begins. */
export function startOf(object: ObjectRef): Checkpoint {
  return { object, bytesHashed: 0, midstates: [] };
}

/**
 * The checkpoint, if it is worth anything: not one of another version, of a part of the object, beyond the object's end,
 * or without a midstate of each algorithm asked for. Of others it keeps those that are useful.
 *
 * @param asked algorithms that must be there
 * @param useful algorithms that are kept where they are there
 */
export function usableCheckpoint(
  checkpoint: Checkpoint | undefined,
  object: ObjectRef,
  asked: readonly Algorithm[],
  useful: readonly Algorithm[],
): Checkpoint | undefined {
  if (checkpoint?.object.etag !== object.etag || checkpoint.object.versionId !== object.versionId)
    return undefined;
  if (checkpoint.originByte !== undefined || checkpoint.bytesHashed >= object.sizeBytes) return undefined;
  const kept = useful.flatMap(
    (algorithm) => checkpoint.midstates.find((m) => m.algorithm === algorithm) ?? [],
  );
  if (kept.some(({ bytesHashed }) => bytesHashed !== checkpoint.bytesHashed)) return undefined;
  const isComplete = asked.every((algorithm) => kept.some((midstate) => midstate.algorithm === algorithm));
  return isComplete ? { ...checkpoint, midstates: kept } : undefined;
}

/** The algorithms that a hash goes on with: those of its checkpoint, or at the object's start all that are wanted. */
export function algorithmsFrom(checkpoint: Checkpoint, wanted: readonly Algorithm[]): readonly Algorithm[] {
  return checkpoint.bytesHashed === 0 ? wanted : checkpoint.midstates.map(({ algorithm }) => algorithm);
}
