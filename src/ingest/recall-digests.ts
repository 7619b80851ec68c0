import type { Algorithm } from '../core/algorithms.js';
import type { DigestMemory, Remembered } from '../core/ports.js';
import type { UploadEvent } from './events/message-contents.js';

export type RecallDigests = (
  upload: UploadEvent,
  algorithms: readonly Algorithm[],
) => Promise<Remembered | undefined>;

/**
 * Looks for digests with the object, but only where Temporal may have forgotten its job: a job ends after its upload,
 * and is kept for the namespace's retention from then on, so an event younger than that need not be looked up. In the
 * steady state this costs no request.
 *
 * @param retentionMs of Temporal's namespace
 */
export function createRecallDigests(
  memory: DigestMemory,
  retentionMs: number,
  now: () => number = Date.now,
): RecallDigests {
  return async (upload, algorithms) => {
    const { eventTime } = upload.source;
    const ageMs = eventTime === undefined ? Infinity : now() - Date.parse(eventTime);
    if (ageMs < retentionMs) return undefined;
    return await memory.read(upload.object, algorithms);
  };
}
