import { describe, expect, test } from 'vitest';
import {
  chooseMemoryClass,
  nearestMemoryClass,
  nextMemoryClass,
  routeFor,
  SMALL_CLASS_BELOW_BYTES,
  type RoutingRule,
} from '../../src/core/routing.js';

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
