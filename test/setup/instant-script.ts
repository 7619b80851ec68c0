import type { HashRangeInput, HashRangeResult } from '../../activities/index.js';
import type { Algorithm } from '../../src/core/algorithms.js';
import type { Midstate, ObjectRef, StoredChecksum } from '../../src/core/contracts.js';
import { onlyDigests } from '../../src/core/proof.js';
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

/** CRCs of imaginary bytes, which are all zero but for what the CRC begins and ends with. */
export const IMAGINED_CRC = { crc32: '00000000', crc32c: '00000000', crc64nvme: '0'.repeat(16) } as const;

/** What `hashRange` would answer, with midstates that tell only their position. */
export function instantRange(input: HashRangeInput): HashRangeResult {
  const { startByte, endByteExclusive: end, object, algorithms } = input;
  const stats = { bytesRead: end - startByte, bytesReadTwice: 0, attempts: 1, lostAttempts: 0 };
  const digests = onlyDigests({ ...IMAGINED_CRC, sha1: IMAGINED_DIGEST }, algorithms);
  if (input.originByte !== undefined) return { bytesHashed: end, midstates: [], partDigests: digests, stats };
  return end === object.sizeBytes
    ? { bytesHashed: end, midstates: [], digests, stats }
    : { bytesHashed: end, midstates: algorithms.map((algorithm) => midstateAt(end, algorithm)), stats };
}

export function midstateAt(bytesHashed: number, algorithm: Algorithm = 'sha1'): Midstate {
  return { format: 1, algorithm, bytesHashed, state: Buffer.alloc(20, 1).toString('base64') };
}
