import type { Algorithm } from './algorithms.js';
import type { Checkpoint, ObjectRef } from './contracts.js';

/** The checkpoint, if it is worth anything: not one of another version, of other algorithms, or beyond the object's end. */
export function usableCheckpoint(
  checkpoint: Checkpoint | undefined,
  object: ObjectRef,
  algorithms: readonly Algorithm[],
): Checkpoint | undefined {
  const isSame = checkpoint?.object.etag === object.etag && checkpoint.object.versionId === object.versionId;
  if (!isSame || checkpoint.bytesHashed >= object.sizeBytes) return undefined;
  const present = checkpoint.midstates.map(({ algorithm }) => algorithm);
  const isComplete = present.length === algorithms.length && algorithms.every((a) => present.includes(a));
  return isComplete ? checkpoint : undefined;
}
