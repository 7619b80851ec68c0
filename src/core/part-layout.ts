import type { PartRun } from './contracts.js';
import type { ByteRange } from './ranges.js';

/** Parts that one activity hashes at most: what it has found out must fit its heartbeat. */
export const MAX_PARTS_PER_BATCH = 256;

/** The parts of an object, or why they cannot be told. */
export type PartLayout =
  { readonly runs: readonly PartRun[] } | { readonly runs: undefined; readonly reason: string };

/** Parts that follow one another and are hashed by one activity. */
export interface PartBatch extends ByteRange {
  /** 1 for the object's first part. */
  readonly firstPart: number;
  readonly partSizes: readonly number[];
}

/**
 * Lays the parts out as S3 lists them, or in parts of `partSizeBytes` where it cannot; never a layout that does not add
 * up to the object.
 *
 * @param listed sizes of all parts in order, if S3 tells
 * @param parts how many there must be
 */
export function layOutParts(
  sizeBytes: number,
  parts: number,
  listed: readonly number[] | undefined,
  partSizeBytes: number | undefined,
): PartLayout {
  if (listed !== undefined) {
    const adds = listed.length === parts && listed.reduce((sum, size) => sum + size, 0) === sizeBytes;
    return adds
      ? { runs: runsOf(listed) }
      : { runs: undefined, reason: 'the parts S3 lists do not add up to it' };
  }
  if (partSizeBytes === undefined) {
    return { runs: undefined, reason: 'S3 does not tell the sizes of its parts: give --part-size-bytes' };
  }
  const lastBytes = sizeBytes - (parts - 1) * partSizeBytes;
  if (parts < 1 || lastBytes < 1 || lastBytes > partSizeBytes) {
    const reason = `parts of ${String(partSizeBytes)} bytes would not be ${String(parts)}, as S3 says there are`;
    return { runs: undefined, reason };
  }
  return { runs: runsOf([...Array.from({ length: parts - 1 }, () => partSizeBytes), lastBytes]) };
}

/** The batches that cover the parts behind the first `donePart`s: about `batchBytes` each, one part at least. */
export function batchesOf(runs: readonly PartRun[], doneParts: number, batchBytes: number): PartBatch[] {
  const batches: { firstPart: number; startByte: number; endByteExclusive: number; partSizes: number[] }[] =
    [];
  let position = 0;
  let part = 0;
  for (const sizeBytes of partSizes(runs)) {
    part++;
    const startByte = position;
    position += sizeBytes;
    if (part <= doneParts) continue;
    const batch = batches.at(-1);
    const isFull =
      batch === undefined ||
      batch.partSizes.length === MAX_PARTS_PER_BATCH ||
      position - batch.startByte > batchBytes;
    if (isFull) {
      batches.push({ firstPart: part, startByte, endByteExclusive: position, partSizes: [sizeBytes] });
    } else {
      batch.partSizes.push(sizeBytes);
      batch.endByteExclusive = position;
    }
  }
  return batches;
}

/** The size of each part, in order. */
export function* partSizes(runs: readonly PartRun[]): Generator<number> {
  for (const { count, sizeBytes } of runs) {
    for (let index = 0; index < count; index++) yield sizeBytes;
  }
}

function runsOf(sizes: readonly number[]): PartRun[] {
  const runs: PartRun[] = [];
  for (const sizeBytes of sizes) {
    const last = runs.at(-1);
    if (last?.sizeBytes === sizeBytes) runs[runs.length - 1] = { sizeBytes, count: last.count + 1 };
    else runs.push({ count: 1, sizeBytes });
  }
  return runs;
}
