import { describe, expect, test } from 'vitest';
import { seededRandom, shuffled } from '../../src/core/seeded-random.js';
import { summarizeRuns } from '../../src/tuning/summarize-runs.js';

describe('runs', () => {
  test('of one cell have a median, and an interval that says how sure it is', () => {
    expect(summarizeRuns([5])).toEqual({ median: 5, low: 5, high: 5, confidence: 0, runs: 1, dropped: 0 });
    expect(summarizeRuns([2, 4])).toMatchObject({ median: 3, low: 2, high: 4, confidence: 0.5 });
    expect(summarizeRuns([1, 2, 3, 4, 5])).toMatchObject({ median: 3, low: 1, high: 5, confidence: 0.9375 });
  });

  test('of six and more have an interval of at least 95 %', () => {
    const ten = summarizeRuns([10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);

    // From tables of the sign test: the second and the ninth of ten, 97.9 %.
    expect(ten).toMatchObject({ median: 5.5, low: 2, high: 9 });
    expect(ten.confidence).toBeCloseTo(0.9785, 3);
  });

  test('are dropped beyond Tukey’s fences, of four and more', () => {
    expect(summarizeRuns([10, 11, 12, 11, 10, 90])).toMatchObject({ runs: 5, dropped: 1, high: 12 });
    expect(summarizeRuns([10, 11, 90])).toMatchObject({ runs: 3, dropped: 0, median: 11 });
    expect(summarizeRuns([10, 10, 10, 10])).toMatchObject({ runs: 4, dropped: 0 });
  });

  test('hold the true median as often as they say', () => {
    const random = seededRandom(5);
    let [held, trials] = [0, 0];
    let confidence = 0;
    while (trials < 4_000) {
      const summary = summarizeRuns(Array.from({ length: 8 }, () => random()));
      if (summary.dropped > 0) continue; // an interval is of what is kept
      trials += 1;
      ({ confidence } = summary);
      if (summary.low <= 0.5 && summary.high >= 0.5) held += 1;
    }

    expect(confidence).toBeGreaterThan(0.95);
    expect(held / trials).toBeGreaterThan(confidence - 0.02);
  });
});

describe('random numbers from a seed', () => {
  test('are the same for the same seed, and spread evenly', () => {
    const numbers = (seed: number) => Array.from({ length: 10_000 }, seededRandom(seed));

    expect(numbers(1)).toEqual(numbers(1));
    expect(numbers(1)).not.toEqual(numbers(2));
    for (let tenth = 0; tenth < 10; tenth++) {
      const within = numbers(3).filter((number) => Math.floor(number * 10) === tenth);
      expect(within.length).toBeGreaterThan(900);
      expect(within.length).toBeLessThan(1_100);
    }
  });

  test('shuffle into every order alike', () => {
    const random = seededRandom(9);
    const orders = new Map<string, number>();
    for (let trial = 0; trial < 6_000; trial++) {
      const order = shuffled(['a', 'b', 'c'], random).join('');
      orders.set(order, (orders.get(order) ?? 0) + 1);
    }

    expect(orders.size).toBe(6);
    for (const count of orders.values()) expect(Math.abs(count - 1_000)).toBeLessThan(150);
  });
});
