import { describe, expect, test } from 'vitest';
import {
  chooseMemoryClass,
  hashTaskQueue,
  isMemoryClassMB,
  MEMORY_CLASSES_MB,
  memoryClass,
  SMALL_CLASS_BELOW_BYTES,
  workflowTaskQueue,
} from '../../src/core/memory-classes.js';

describe('routing', () => {
  test.each([
    [0, 256],
    [SMALL_CLASS_BELOW_BYTES - 1, 256],
    [SMALL_CLASS_BELOW_BYTES, 512],
    [5_000_000_000, 512],
  ])('sends %d bytes to the %d MB class where all classes have workers', (sizeBytes, memoryMB) => {
    expect(chooseMemoryClass(sizeBytes)).toBe(memoryMB);
  });

  test.each([
    { sizeBytes: 1, served: [512, 1024], chosen: 512 },
    { sizeBytes: 1, served: [2048, 256], chosen: 256 },
    { sizeBytes: 5e9, served: [2048, 1024], chosen: 1024 },
    { sizeBytes: 5e9, served: [128, 256], chosen: 256 },
    { sizeBytes: 1, served: [128], chosen: 128 },
  ] as const)('of $sizeBytes bytes among $served picks $chosen', ({ sizeBytes, served, chosen }) => {
    expect(chooseMemoryClass(sizeBytes, served)).toBe(chosen);
  });

  test('leaves the list of served classes as it was', () => {
    const served = [2048, 512, 256] as const;

    chooseMemoryClass(1, served);

    expect(served).toEqual([2048, 512, 256]);
  });
});

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
});
