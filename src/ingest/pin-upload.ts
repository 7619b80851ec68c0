import type { ObjectRef } from '../core/contracts.js';
import type { ObjectStore } from '../core/ports.js';
import type { UploadEvent } from './events/message-contents.js';

export interface PinDependencies {
  readonly store: () => Promise<Pick<ObjectStore, 'describe'>>;
  /** The sequencer under which jobs of this object and ETag were started, the newest; undefined where there are none. */
  readonly findSequencer: (object: ObjectRef) => Promise<string | undefined>;
}

/**
 * Makes sure that an upload tells its version from every other of its key.
 *
 * @param needsDescription ask S3 in any case: for its size
 * @throws MidstateError ObjectGone, ObjectChanged (there is no such version now), AccessDenied, BucketNotFound;
 *   StoreUnavailable, TemporalUnavailable (retried)
 */
export type PinUpload = (upload: UploadEvent, needsDescription: boolean) => Promise<UploadEvent>;

/**
 * An event of S3 names its version by a version id, or by ETag and sequencer; then nothing is asked. What is made by
 * hand, by S3 Batch or by a restore may have neither: S3 is asked for the version there is now, and where there are no
 * version ids Temporal is asked for the sequencer of the event that told of it, so that the same job is found (ADR 0019).
 */
export function createPinUpload({ store, findSequencer }: PinDependencies): PinUpload {
  return async (upload, needsDescription) => {
    const isPinned = isVersioned(upload.object) || hasEventIdentity(upload);
    if (isPinned && !needsDescription) return upload;
    const { object } = await (await store()).describe(upload.object);
    if (isPinned || isVersioned(object)) return { ...upload, object };
    const sequencer = await findSequencer(object);
    return {
      object,
      source: { ...upload.source, ...(sequencer === undefined ? {} : { sequencer }) },
    };
  };
}

function isVersioned({ versionId }: UploadEvent['object']): boolean {
  return versionId !== undefined && versionId !== 'null';
}

function hasEventIdentity({ object, source }: UploadEvent): boolean {
  return object.etag !== undefined && source.sequencer !== undefined;
}
