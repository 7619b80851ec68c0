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

describe('a route', () => {
  const route = [
    { belowBytes: 1_000, memoryClassMB: 128 },
    { belowBytes: 1_000_000, memoryClassMB: 512 },
    { memoryClassMB: 2048 },
  ] as const;

  test.each([
    { sizeBytes: 999, chosen: 128 },
    { sizeBytes: 1_000, chosen: 512 },
    { sizeBytes: 1_000_000, chosen: 2048 },
  ])('sends $sizeBytes bytes to its step of $chosen MB', ({ sizeBytes, chosen }) => {
    expect(chooseMemoryClass(sizeBytes, [], route)).toBe(chosen);
  });

  test('gives way to the classes that are served', () => {
    expect(chooseMemoryClass(1, [256], route)).toBe(256);
    expect(chooseMemoryClass(1e9, [256, 512], route)).toBe(512);
  });
});

describe('routing rules', () => {
  const rules: RoutingRule[] = [
    { bucket: 'videos', prefix: 'raw/', route: [{ memoryClassMB: 2048 }] },
    { bucket: 'videos', route: [{ memoryClassMB: 1024 }] },
    { prefix: 'logs/', route: [{ memoryClassMB: 128 }] },
  ];

  test.each([
    { bucket: 'videos', key: 'raw/a', chosen: 2048 },
    { bucket: 'videos', key: 'logs/a', chosen: 1024 },
    { bucket: 'other', key: 'logs/a', chosen: 128 },
    { bucket: 'other', key: 'raw/a', chosen: undefined },
  ])('for $bucket/$key: the first that fits holds', ({ chosen, ...object }) => {
    expect(routeFor(rules, object)?.at(-1)?.memoryClassMB).toBe(chosen);
  });
});

describe('a class that cannot do the work', () => {
  test.each([
    { wanted: 512, served: [128, 512, 2048], nearest: 512 },
    { wanted: 512, served: [128, 1024, 2048], nearest: 1024 },
    { wanted: 512, served: [256, 128], nearest: 256 },
    { wanted: 512, served: [], nearest: undefined },
  ] as const)('of $wanted MB where $served are served is stood in for by $nearest', (given) => {
    expect(nearestMemoryClass(given.wanted, given.served)).toBe(given.nearest);
  });

  test.each([
    { from: 128, served: [2048, 512, 128], next: 512 },
    { from: 512, served: [128, 512], next: undefined },
  ] as const)('of $from MB where $served are served hands on to $next', ({ from, served, next }) => {
    expect(nextMemoryClass(from, served)).toBe(next);
  });
});
