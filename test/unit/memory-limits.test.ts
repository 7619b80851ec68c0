import { describe, expect, test } from 'vitest';
import { MidstateError } from '../../src/core/failures.js';
import { checkMemoryLimit, isMemoryHigh } from '../../src/core/memory-limits.js';

describe('a worker of 512 MB', () => {
  test.each([512_000_000, 512 * 2 ** 20, 8e9])('starts under a limit of %d bytes', (limitBytes) => {
    expect(checkMemoryLimit(512, limitBytes)).toBeUndefined();
  });

  test('is refused under a lower limit, with both figures and what to do', () => {
    expect(() => checkMemoryLimit(512, 268_435_456)).toThrow(
      new MidstateError(
        'InvalidInput',
        "worker: its control group's memory limit is below its class: expected at least 512 MB, got 268.4 MB; " +
          'raise the limit to 512 MB, or start it with --memory-class 256',
      ),
    );
  });

  test('is told of no smaller class where none fits either', () => {
    expect(() => checkMemoryLimit(512, 64_000_000)).toThrow(/got 64\.0 MB; raise the limit to 512 MB$/);
  });

  test('is warned where there is no limit', () => {
    expect(checkMemoryLimit(512, undefined)).toMatch(
      /^no memory limit holds this worker to its class of 512 MB: /,
    );
  });
});

describe('memory', () => {
  test.each([
    { usedPart: 0.85, wasHigh: false, isHigh: false },
    { usedPart: 0.86, wasHigh: false, isHigh: true },
    { usedPart: 0.8, wasHigh: true, isHigh: true },
    { usedPart: 0.75, wasHigh: true, isHigh: true },
    { usedPart: 0.74, wasHigh: true, isHigh: false },
  ])('of which $usedPart is used, high before: $wasHigh, is high: $isHigh', (given) => {
    expect(isMemoryHigh(given.usedPart, given.wasHigh)).toBe(given.isHigh);
  });
});
