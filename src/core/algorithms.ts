/** The digests midstate can compute, in the order it prints them. */
export const ALGORITHMS = [
  'md5',
  'sha1',
  'sha256',
  'sha512',
  'crc32',
  'crc32c',
  'crc64nvme',
  'blake3',
] as const;

export type Algorithm = (typeof ALGORITHMS)[number];

export interface AlgorithmTraits {
  /** A midstate exists only after a multiple of this many bytes: the compression function's block, or blake3's chunk. */
  readonly blockSizeBytes: number;
  /** Length of the final digest as lower-case hex. */
  readonly digestHexLength: number;
  /** Bytes of the canonical midstate; undefined where it depends on the bytes hashed (blake3). */
  readonly stateSizeBytes: number | undefined;
}

/**
 * Block, digest and midstate sizes. Sources: RFC 1321 (md5), FIPS 180-4 (sha1, sha256, sha512),
 * the CRC catalogue (crc32 ISO-HDLC, crc32c iSCSI, crc64 NVME), the BLAKE3 specification (1,024-byte chunks).
 */
export const ALGORITHM_TRAITS: Readonly<Record<Algorithm, AlgorithmTraits>> = {
  md5: { blockSizeBytes: 64, digestHexLength: 32, stateSizeBytes: 16 },
  sha1: { blockSizeBytes: 64, digestHexLength: 40, stateSizeBytes: 20 },
  sha256: { blockSizeBytes: 64, digestHexLength: 64, stateSizeBytes: 32 },
  sha512: { blockSizeBytes: 128, digestHexLength: 128, stateSizeBytes: 64 },
  crc32: { blockSizeBytes: 1, digestHexLength: 8, stateSizeBytes: 4 },
  crc32c: { blockSizeBytes: 1, digestHexLength: 8, stateSizeBytes: 4 },
  crc64nvme: { blockSizeBytes: 1, digestHexLength: 16, stateSizeBytes: 8 },
  blake3: { blockSizeBytes: 1024, digestHexLength: 64, stateSizeBytes: undefined },
};

/** Every chunk size must be a multiple of this, so that a chunk's end holds a midstate of each SHA and MD5. */
export const CHUNK_ALIGNMENT_BYTES = 128;

export function isAlgorithm(value: unknown): value is Algorithm {
  return (ALGORITHMS as readonly unknown[]).includes(value);
}

/** Bytes between two positions at which every one of `algorithms` has a midstate: 128, or 1,024 with blake3. */
export function checkpointAlignmentBytes(algorithms: readonly Algorithm[]): number {
  return Math.max(CHUNK_ALIGNMENT_BYTES, ...algorithms.map((a) => ALGORITHM_TRAITS[a].blockSizeBytes));
}

/** The largest multiple of `alignmentBytes` that is not above `position`. Exact up to 2^53 bytes. */
export function alignDown(position: number, alignmentBytes: number): number {
  return position - (position % alignmentBytes);
}
