import { describe, expect, test } from 'vitest';
import {
  hashTaskQueue,
  isMemoryClassMB,
  MEMORY_CLASSES_MB,
  memoryClass,
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
});
