import type { RangeHasher } from '../core/ports.js';

/** Below this, waking another thread costs more than it saves; TLS delivers 16 kB at a time. */
const GATHERED_BYTES = 256 * 1024;

/**
 * Lets a hasher that works on several threads have large pieces: smaller ones are copied into one reused buffer first.
 * Whoever asks how far it has come, gets them hashed before the answer.
 */
export function createGatheringHasher(hasher: RangeHasher): RangeHasher {
  const gathered = new Uint8Array(GATHERED_BYTES);
  let gatheredBytes = 0;

  function flush(): void {
    if (gatheredBytes === 0) return;
    const bytes = gathered.subarray(0, gatheredBytes);
    gatheredBytes = 0;
    hasher.update(bytes);
  }

  return {
    get bytesHashed() {
      flush();
      return hasher.bytesHashed;
    },
    update(bytes) {
      if (gatheredBytes + bytes.length > gathered.length) flush();
      if (bytes.length >= gathered.length) {
        hasher.update(bytes);
        return;
      }
      gathered.set(bytes, gatheredBytes);
      gatheredBytes += bytes.length;
    },
    midstates() {
      flush();
      return hasher.midstates();
    },
    digests() {
      flush();
      return hasher.digests();
    },
    get native() {
      const { native } = hasher;
      if (native !== undefined) flush();
      return native;
    },
  };
}
