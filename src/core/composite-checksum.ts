import { md5, sha1 } from '@noble/hashes/legacy.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import type { Algorithm } from './algorithms.js';

/** Algorithms that S3 applies to the digests of an object's parts: md5 for the ETag, the others for its checksums. */
export const COMPOSITE_ALGORITHMS = [
  'crc32',
  'crc32c',
  'md5',
  'sha1',
  'sha256',
] as const satisfies readonly Algorithm[];

export type CompositeAlgorithm = (typeof COMPOSITE_ALGORITHMS)[number];

export function isCompositeAlgorithm(algorithm: Algorithm): algorithm is CompositeAlgorithm {
  return (COMPOSITE_ALGORITHMS as readonly Algorithm[]).includes(algorithm);
}

const DIGESTS: Readonly<Record<CompositeAlgorithm, (bytes: Uint8Array) => string>> = {
  crc32: (bytes) => crcOf(bytes, 0xedb88320),
  crc32c: (bytes) => crcOf(bytes, 0x82f63b78),
  md5: (bytes) => bytesToHex(md5(bytes)),
  sha1: (bytes) => bytesToHex(sha1(bytes)),
  sha256: (bytes) => bytesToHex(sha256(bytes)),
};

/**
 * S3's checksum of an object uploaded in parts: the digest of the parts' digests, one behind the other, and the number
 * of parts, as in `a27f…2302-3`. Source: "Checking object integrity" in the S3 user guide.
 *
 * @param partDigests lower-case hex, in the order of the parts
 */
export function compositeChecksum(algorithm: CompositeAlgorithm, partDigests: readonly string[]): string {
  return `${DIGESTS[algorithm](hexToBytes(partDigests.join('')))}-${String(partDigests.length)}`;
}

/** A reflected 32-bit CRC, bit by bit: there are 40 kB at most. */
function crcOf(bytes: Uint8Array, polynomial: number): string {
  let register = 0xffffffff;
  for (const byte of bytes) {
    register ^= byte;
    for (let bit = 0; bit < 8; bit++) {
      register = (register & 1) === 0 ? register >>> 1 : (register >>> 1) ^ polynomial;
    }
  }
  return (~register >>> 0).toString(16).padStart(8, '0');
}
