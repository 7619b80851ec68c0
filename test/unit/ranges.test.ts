import { describe, expect, test } from 'vitest';
import { ALGORITHMS, checkpointAlignmentBytes, type Algorithm } from '../../src/core/algorithms.js';
import { MidstateError } from '../../src/core/failures.js';
import { MEMORY_CLASSES_MB, memoryClass } from '../../src/core/memory-classes.js';
import {
  checkChunkSize,
  chunksOf,
  countRanges,
  MAX_OBJECT_BYTES,
  MAX_RANGE_SECONDS,
  nextRange,
  rangeSizeBytes,
  TARGET_RANGES,
  type ByteRange,
} from '../../src/core/ranges.js';

const CHUNK = 20_000_000;
const SIZES = [0, 1, 127, 128, 1_023, 1_025, CHUNK - 1, CHUNK, CHUNK + 1, 5_000_000_000, MAX_OBJECT_BYTES];
const ALGORITHM_SETS: readonly (readonly Algorithm[])[] = [
  ['sha1'],
  ['crc32c'],
  ['md5', 'sha512'],
  ['sha256', 'blake3'],
  ALGORITHMS,
];
const CASES = ALGORITHM_SETS.flatMap((algorithms) =>
  MEMORY_CLASSES_MB.flatMap((memoryMB) => SIZES.map((sizeBytes) => ({ algorithms, memoryMB, sizeBytes }))),
);

function rangesOf(sizeBytes: number, rangeBytes: number): ByteRange[] {
  const ranges: ByteRange[] = [];
  for (let startByte = 0; startByte < sizeBytes; startByte = ranges.at(-1)!.endByteExclusive) {
    ranges.push(nextRange(startByte, sizeBytes, rangeBytes));
  }
  return ranges;
}

function expectTiling(
  tiles: readonly ByteRange[],
  whole: ByteRange,
  { alignment, atMost }: { alignment: number; atMost: number },
) {
  let position = whole.startByte;
  for (const { startByte, endByteExclusive } of tiles) {
    if (startByte !== position || endByteExclusive <= startByte) throw new Error(`gap at ${position}`);
    if (endByteExclusive - startByte > atMost) throw new Error(`too long at ${position}`);
    if (endByteExclusive !== whole.endByteExclusive && endByteExclusive % alignment !== 0) {
      throw new Error(`no midstate at ${endByteExclusive}`);
    }
    position = endByteExclusive;
  }
  expect(position).toBe(whole.endByteExclusive);
}

describe('ranges', () => {
  test.each(CASES)('tile $sizeBytes bytes exactly in $memoryMB MB with $algorithms', (given) => {
    const alignment = checkpointAlignmentBytes(given.algorithms);
    const rangeBytes = rangeSizeBytes(given.sizeBytes, memoryClass(given.memoryMB), given.algorithms);

    const ranges = rangesOf(given.sizeBytes, rangeBytes);

    expectTiling(
      ranges,
      { startByte: 0, endByteExclusive: given.sizeBytes },
      { alignment, atMost: rangeBytes },
    );
    expect(ranges).toHaveLength(countRanges(0, given.sizeBytes, rangeBytes));
  });

  test.each(CASES)('never take more than ten minutes: $sizeBytes bytes in $memoryMB MB', (given) => {
    const memory = memoryClass(given.memoryMB);

    const rangeBytes = rangeSizeBytes(given.sizeBytes, memory, given.algorithms);

    expect(rangeBytes / (memory.megabytesPerSecond * 1e6)).toBeLessThanOrEqual(MAX_RANGE_SECONDS);
    expect(MAX_RANGE_SECONDS).toBeLessThan(15 * 60);
  });

  test('hold 1 GB each of objects up to 400 GB, aligned for every algorithm', () => {
    expect(rangeSizeBytes(1, memoryClass(512), ['sha1'])).toBe(1_000_000_000);
    expect(rangeSizeBytes(400_000_000_000, memoryClass(512), ['sha1'])).toBe(1_000_000_000);
    expect(rangeSizeBytes(1, memoryClass(512), ['blake3'])).toBe(999_999_488);
  });

  test('grow with the object so that about 400 cover it', () => {
    const sizeBytes = 5e12;

    const ranges = countRanges(0, sizeBytes, rangeSizeBytes(sizeBytes, memoryClass(512), ['sha1']));

    expect(ranges).toBeGreaterThanOrEqual(TARGET_RANGES);
    expect(ranges).toBeLessThanOrEqual(TARGET_RANGES + 1);
  });

  test.each([
    { memoryMB: 128, ranges: 6_109 },
    { memoryMB: 256, ranges: 2_291 },
    { memoryMB: 512, ranges: 1_309 },
    { memoryMB: 1024, ranges: 1_309 },
    { memoryMB: 2048, ranges: 1_309 },
  ] as const)('cut 50 TiB into $ranges in the $memoryMB MB class', ({ memoryMB, ranges }) => {
    const rangeBytes = rangeSizeBytes(MAX_OBJECT_BYTES, memoryClass(memoryMB), ['sha1']);

    expect(countRanges(0, MAX_OBJECT_BYTES, rangeBytes)).toBe(ranges);
  });

  test('keep a run of 400 at 2,400 events, below the 4,096 at which Temporal suggests to continue as new', () => {
    const eventsPerRange = 6;

    expect(TARGET_RANGES * eventsPerRange).toBeLessThan(4_096);
  });

  test('are counted from any position on', () => {
    expect(countRanges(0, 0, 1_024)).toBe(0);
    expect(countRanges(1_024, 2_048, 1_024)).toBe(1);
    expect(countRanges(1_024, 2_049, 1_024)).toBe(2);
  });
});

describe('chunks', () => {
  const ranges: ByteRange[] = [
    { startByte: 0, endByteExclusive: 0 },
    { startByte: 0, endByteExclusive: 1 },
    { startByte: 0, endByteExclusive: CHUNK },
    { startByte: 0, endByteExclusive: CHUNK + 1 },
    { startByte: 1_024_000, endByteExclusive: 1_024_000 + 5 * CHUNK + 7 },
    { startByte: MAX_OBJECT_BYTES - 3 * CHUNK, endByteExclusive: MAX_OBJECT_BYTES },
  ];

  test.each(ALGORITHM_SETS.flatMap((algorithms) => ranges.map((range) => ({ algorithms, range }))))(
    'tile $range exactly with $algorithms',
    ({ algorithms, range }) => {
      const alignment = checkpointAlignmentBytes(algorithms);
      const aligned = { ...range, startByte: range.startByte - (range.startByte % alignment) };

      const chunks = [...chunksOf(aligned, CHUNK, algorithms)];

      expectTiling(chunks, aligned, { alignment, atMost: CHUNK });
    },
  );

  test('of 20,000,000 bytes are rounded down to 1,024 with blake3, and left alone without', () => {
    const range = { startByte: 0, endByteExclusive: CHUNK + 1 };

    expect([...chunksOf(range, CHUNK, ['sha512'])].map((c) => c.endByteExclusive)).toEqual([
      CHUNK,
      CHUNK + 1,
    ]);
    expect([...chunksOf(range, CHUNK, ['blake3'])].map((c) => c.endByteExclusive)).toEqual([
      19_999_744,
      CHUNK + 1,
    ]);
  });

  test('are never smaller than the alignment, so that every one makes progress', () => {
    const chunks = [...chunksOf({ startByte: 0, endByteExclusive: 2_048 }, 128, ['blake3'])];

    expect(chunks).toEqual([
      { startByte: 0, endByteExclusive: 1_024 },
      { startByte: 1_024, endByteExclusive: 2_048 },
    ]);
  });
});

describe('a chunk size', () => {
  test.each([128, 20_000_000])('of %d is taken', (size) => {
    expect(checkChunkSize(size)).toBe(size);
  });

  test.each([
    [0, /use 20000000/],
    [-128, /use 20000000/],
    [100, /use 20000000/],
    [129, /use 128,/],
    [20_000_001, /got 20000001; use 20000000/],
    [128.5, /use 128,/],
    [Number.NaN, /got NaN; use 20000000/],
    [Infinity, /got Infinity; use 20000000/],
  ])('of %d is refused with a size that would do', (size, message) => {
    expect(() => checkChunkSize(size)).toThrow(message);
    expect(() => checkChunkSize(size)).toThrow(MidstateError);
  });

  test.each(MEMORY_CLASSES_MB)('of the %d MB class is one that a user could give', (memoryMB) => {
    const { chunkSizeBytes } = memoryClass(memoryMB);

    expect(checkChunkSize(chunkSizeBytes)).toBe(chunkSizeBytes);
  });
});
