import { alignDown, checkpointAlignmentBytes, CHUNK_ALIGNMENT_BYTES, type Algorithm } from './algorithms.js';
import { MidstateError } from './failures.js';
import type { MemoryClass } from './memory-classes.js';

/** A run of bytes: `startByte` included, `endByteExclusive` not. */
export interface ByteRange {
  readonly startByte: number;
  readonly endByteExclusive: number;
}

/** What one activity hashes of an object up to 400 GB; larger objects get larger ranges. */
export const BASE_RANGE_BYTES = 1_000_000_000;

/** Ranges a range size aims at: 6 history events each, so 2,400 of Temporal's 51,200 (and below its hint at 4,096). */
export const TARGET_RANGES = 400;

/** Longest a range should take in its class, well under AWS Lambda's 15 minutes. */
export const MAX_RANGE_SECONDS = 600;

/** Ranges of one object hashed at once where their digests can be combined: one each for the slots of a 512 MB worker. */
export const DEFAULT_PARALLEL_RANGES = 8;

/** Far below the 2,000 activities that Temporal lets a workflow have under way. */
export const MAX_PARALLEL_RANGES = 64;

/** Larger chunks save nothing: a request costs the same for 20 MB. */
const MAX_CHUNK_BYTES = 1_000_000_000 - (1_000_000_000 % CHUNK_ALIGNMENT_BYTES);

/** S3's largest object. Source: AWS's S3 quotas since December 2025. */
export const MAX_OBJECT_BYTES = 50 * 2 ** 40;

/**
 * Bytes one activity hashes: 1 GB, growing with the object so that about 400 ranges cover it, but never more
 * than the class hashes in ten minutes. A 50 TiB object in the 512 MB class: 42 GB ranges, 1,309 of them, four runs.
 */
export function rangeSizeBytes(
  sizeBytes: number,
  memory: MemoryClass,
  algorithms: readonly Algorithm[],
): number {
  const most = memory.megabytesPerSecond * 1_000_000 * MAX_RANGE_SECONDS;
  const wanted = Math.max(BASE_RANGE_BYTES, Math.ceil(sizeBytes / TARGET_RANGES));
  return alignDown(Math.min(wanted, most), checkpointAlignmentBytes(algorithms));
}

/** The range that follows `startByte`; its end is aligned for a midstate, or is the object's end. */
export function nextRange(startByte: number, sizeBytes: number, rangeBytes: number): ByteRange {
  return { startByte, endByteExclusive: Math.min(startByte + rangeBytes, sizeBytes) };
}

/** Number of ranges from `startByte` to the object's end. */
export function countRanges(startByte: number, sizeBytes: number, rangeBytes: number): number {
  return Math.ceil((sizeBytes - startByte) / rangeBytes);
}

/** Splits a range into the byte ranges of its GETs. Every end but the last is aligned for a midstate. */
export function* chunksOf(
  range: ByteRange,
  chunkSizeBytes: number,
  algorithms: readonly Algorithm[],
): Generator<ByteRange> {
  const step = Math.max(
    alignDown(chunkSizeBytes, checkpointAlignmentBytes(algorithms)),
    checkpointAlignmentBytes(algorithms),
  );
  for (let startByte = range.startByte; startByte < range.endByteExclusive; startByte += step) {
    yield { startByte, endByteExclusive: Math.min(startByte + step, range.endByteExclusive) };
  }
}

/**
 * Checks a chunk size given by a user.
 * @throws MidstateError InvalidInput, not retried
 */
export function checkChunkSize(chunkSizeBytes: number): number {
  if (
    Number.isSafeInteger(chunkSizeBytes) &&
    chunkSizeBytes > 0 &&
    chunkSizeBytes <= MAX_CHUNK_BYTES &&
    chunkSizeBytes % CHUNK_ALIGNMENT_BYTES === 0
  ) {
    return chunkSizeBytes;
  }
  const below = Number.isFinite(chunkSizeBytes)
    ? alignDown(Math.min(Math.max(chunkSizeBytes, 0), MAX_CHUNK_BYTES), CHUNK_ALIGNMENT_BYTES)
    : 0;
  const suggestion = below > 0 ? String(Math.trunc(below)) : '20000000';
  throw new MidstateError(
    'InvalidInput',
    `chunk size: expected a positive multiple of ${String(CHUNK_ALIGNMENT_BYTES)} bytes, at most ${String(MAX_CHUNK_BYTES)} (a hash can only be interrupted ` +
      `between its blocks), got ${String(chunkSizeBytes)}; use ${suggestion}, for example`,
  );
}
