import { describe, expect, test } from 'vitest';
import { MidstateError } from '../../src/core/failures.js';
import {
  checkChunkFits,
  checkConnectionsFit,
  describeMemoryClass,
  hashTaskQueue,
  isMemoryClassMB,
  MEMORY_CLASSES_MB,
  memoryClass,
  smallTaskQueue,
  workflowTaskQueue,
} from '../../src/core/memory-classes.js';

describe('a memory class', () => {
  test.each(MEMORY_CLASSES_MB)('of %d MB gives V8 less than half of its memory', (memoryMB) => {
    const { maxOldSpaceMB, maxSemiSpaceMB, slots } = memoryClass(memoryMB);

    expect(maxOldSpaceMB + 3 * maxSemiSpaceMB).toBeLessThan(memoryMB / 2);
    expect(slots).toBeGreaterThan(0);
  });

  test('is recognised by its number only', () => {
    expect(isMemoryClassMB(512)).toBe(true);
    expect([0, 300, '512', undefined].some(isMemoryClassMB)).toBe(false);
  });
});

test('task queues are named after prefix and class', () => {
  expect(workflowTaskQueue()).toBe('midstate');
  expect(hashTaskQueue(512)).toBe('midstate-512');
  expect(workflowTaskQueue('eu')).toBe('eu');
  expect(hashTaskQueue(128, 'eu')).toBe('eu-128');
  expect(smallTaskQueue(128, 'eu')).toBe('eu-128-small');
});

test.each([
  { memoryMB: 128, slots: 4, slotsForSmall: 1 },
  { memoryMB: 256, slots: 9, slotsForSmall: 2 },
  { memoryMB: 512, slots: 16, slotsForSmall: 4 },
  { memoryMB: 1024, slots: 16, slotsForSmall: 4 },
  { memoryMB: 2048, slots: 16, slotsForSmall: 4 },
] as const)(
  'a worker of $memoryMB MB has $slots slots, $slotsForSmall of them for small objects',
  ({ memoryMB, ...wanted }) => {
    expect(memoryClass(memoryMB)).toMatchObject(wanted);
  },
);

describe('connections of one object', () => {
  test('beyond the usual two cost slots, for each may cost memory', () => {
    expect(memoryClass(256, 16)).toMatchObject({ connectionsPerObject: 16, slots: 2, slotsForSmall: 1 });
    expect(memoryClass(512, 1)).toMatchObject({ connectionsPerObject: 1, slots: 16 });
  });

  test.each([
    { memoryMB: 128, most: 8 },
    { memoryMB: 256, most: 25 },
  ] as const)(
    'are at most $most in the $memoryMB MB class, which then has two slots',
    ({ memoryMB, most }) => {
      expect(checkConnectionsFit(most, memoryMB)).toBe(most);
      expect(memoryClass(memoryMB, most)).toMatchObject({ slots: 2, slotsForSmall: 1 });
    },
  );

  test('that do not fit are refused with both figures, the reason and what to do', () => {
    expect(() => checkConnectionsFit(16, 128)).toThrow(
      'connections: 16 for each object do not fit the 128 MB class: expected at most 8, so that it has room for ' +
        '2 objects; use 2, or a larger class',
    );
  });
});

test('a class has the CPU that AWS Lambda gives it', () => {
  expect(memoryClass(128).cpuShare).toBeCloseTo(0.0724, 4);
  expect(memoryClass(2048).cpuShare).toBeCloseTo(1.158, 3);
});

describe("a worker's chunk", () => {
  test.each([
    { memoryMB: 128, largest: 45_000_000 },
    { memoryMB: 512, largest: 210_000_000 },
  ] as const)('of the $memoryMB MB class has at most $largest bytes', ({ memoryMB, largest }) => {
    expect(checkChunkFits(largest, memoryMB)).toBe(largest);
    expect(() => checkChunkFits(largest + 128, memoryMB)).toThrow(MidstateError);
  });

  test('that is too large is refused with both figures, the reason and what to do', () => {
    expect(() => checkChunkFits(100_000_000, 128)).toThrow(
      'chunk size: a chunk of 100000000 bytes does not fit the 128 MB class: expected at most 45000000, ' +
        'what the class reads in the 3 s that a stop gives a chunk; use 10000000, or a larger class',
    );
  });
});

test('every class reads its usual chunk in the time that a stop gives it', () => {
  for (const memoryMB of MEMORY_CLASSES_MB) {
    expect(checkChunkFits(memoryClass(memoryMB).chunkSizeBytes, memoryMB)).toBeGreaterThan(0);
  }
});

test('a class is described by every figure that two processes must agree on', () => {
  expect(describeMemoryClass(512)).toBe(
    '512 MB, chunk 20000000, range 1000000000, slots 16, for small 4, read ahead 120000000, MB/s 70',
  );
});
