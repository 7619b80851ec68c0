import { describe, expect, test } from 'vitest';
import { pairUp, ratio, summarize, summarizePairs } from '../../bench/statistics.js';

describe('the statistics of the bench', () => {
  test('take the middle of an odd count, whatever the order', () => {
    expect(summarize([5, 1, 9, 2, 3])).toEqual({ median: 3, min: 1, max: 9, runs: 5 });
  });

  test('take the mean of the two in the middle of an even count', () => {
    expect(summarize([4, 1, 2, 100])).toEqual({ median: 3, min: 1, max: 100, runs: 4 });
  });

  test('sort by size, not as text', () => {
    expect(summarize([10, 9, 100]).median).toBe(10);
  });

  test('take a single run as it is', () => {
    expect(summarize([0.7])).toEqual({ median: 0.7, min: 0.7, max: 0.7, runs: 1 });
  });

  test('refuse to sum up nothing', () => {
    expect(() => summarize([])).toThrow(RangeError);
  });

  test('leave the values they were given in their order', () => {
    const values = [3, 1, 2];

    summarize(values);

    expect(values).toEqual([3, 1, 2]);
  });

  test('take ratios round by round, so that a round twice as slow for both changes none', () => {
    expect(summarizePairs([1, 2, 10], [2, 4, 20], ratio)).toEqual({
      median: 0.5,
      min: 0.5,
      max: 0.5,
      runs: 3,
    });
  });

  test('refuse series of different length', () => {
    expect(() => pairUp([1, 2], [1], ratio)).toThrow('got 2 and 1');
  });
});
