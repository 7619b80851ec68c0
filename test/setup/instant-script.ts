import type { HashRangeInput, HashRangeResult } from '../../activities/index.js';
import type { Algorithm } from '../../src/core/algorithms.js';
import type { Midstate, ObjectRef, StoredChecksum } from '../../src/core/contracts.js';
import type { Script } from './in-process-workers.js';

/** The digest that imaginary objects have. */
export const IMAGINED_DIGEST = 'abcd'.repeat(10);

/** Activities of an object that does not exist: it can be described, and any range of it is hashed in no time. */
export function instantScript(object: ObjectRef, storedChecksums: readonly StoredChecksum[] = []): Script {
  return {
    describeObject: () =>
      Promise.resolve({ object, storageClass: 'STANDARD', storedChecksums, isSidecar: false }),
    hashRange: (input) => Promise.resolve(instantRange(input)),
  };
}

/** What `hashRange` would answer, with midstates that tell only their position. */
export function instantRange(input: HashRangeInput): HashRangeResult {
  const { startByte, endByteExclusive: end, object, algorithms } = input;
  const stats = { bytesRead: end - startByte, bytesReadTwice: 0, attempts: 1, lostAttempts: 0 };
  return end === object.sizeBytes
    ? { bytesHashed: end, midstates: [], digests: { sha1: IMAGINED_DIGEST }, stats }
    : { bytesHashed: end, midstates: algorithms.map((algorithm) => midstateAt(end, algorithm)), stats };
}

export function midstateAt(bytesHashed: number, algorithm: Algorithm = 'sha1'): Midstate {
  return { format: 1, algorithm, bytesHashed, state: Buffer.alloc(20, 1).toString('base64') };
}
