import { ALGORITHMS } from '../core/algorithms.js';
import type { HashObjectInput, ObjectDescription } from '../core/contracts.js';
import { MidstateError } from '../core/failures.js';
import type { StartUpload, UploadOutcome } from '../ingest/start-upload.js';

type Listed = HashObjectInput['object'];

/** Deals with one object of a source. */
export type StartItem = (object: Listed) => Promise<UploadOutcome | 'sidecar'>;

export interface StartItemDependencies {
  readonly startUpload: StartUpload;
  /** Asked only of keys that a sidecar may have. */
  readonly describe: (object: Listed) => Promise<Pick<ObjectDescription, 'isSidecar'>>;
}

const SIDECAR_KEY = new RegExp(`\\.(${ALGORITHMS.join('|')})$`);

/**
 * Starts an object as the poller starts an upload, except that sidecars of midstate's own are left alone: with them a
 * bucket would be listed twice, and they never carry a digest themselves.
 */
export function createStartItem({ startUpload, describe }: StartItemDependencies): StartItem {
  return async (object) => {
    const upload = { object, source: { kind: 'backfill' as const } };
    if (!SIDECAR_KEY.test(object.key)) return await startUpload(upload);
    try {
      if ((await describe(object)).isSidecar) return 'sidecar';
    } catch (error) {
      if (!(error instanceof MidstateError)) throw error;
      if (error.failure === 'ObjectGone') return { kind: 'gone', upload };
      if (error.failure === 'ObjectChanged') return { kind: 'superseded', upload };
      throw error;
    }
    return await startUpload(upload);
  };
}
