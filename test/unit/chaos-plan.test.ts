import { describe, expect, test } from 'vitest';
import { nameOf } from '../../chaos/faults.js';
import { FULL, planFaults, QUICK } from '../../chaos/plan.js';
import { sizeOf } from '../../chaos/load/object-sizes.js';

describe('a plan of faults', () => {
  test('is the same for the same seed, and another for another', () => {
    expect(planFaults('a', FULL)).toEqual(planFaults('a', FULL));
    expect(planFaults('a', FULL)).not.toEqual(planFaults('b', FULL));
    expect(sizeOf('a', 'small', 7, FULL)).toBe(sizeOf('a', 'small', 7, FULL));
  });

  test.each([
    ['full', FULL],
    ['quick', QUICK],
  ])('of a %s run has more faults and kills than it must reach', (_, settings) => {
    const { heavy, light } = planFaults('a', settings);
    const kills = heavy.filter(({ kind }) => kind === 'kill');

    expect(heavy.length + light.length).toBeGreaterThan(settings.leastFaults);
    expect(kills.length).toBeGreaterThan(settings.leastKills);
  });

  test('kills no process again before every other one', () => {
    const kills = planFaults('a', FULL)
      .heavy.filter(({ kind }) => kind === 'kill')
      .map(nameOf);

    for (let round = 0; round < kills.length; round += 8) {
      expect(new Set(kills.slice(round, round + 8)).size).toBe(8);
    }
  });

  test('has objects of no byte, of many, and of whole chunks among the small ones', () => {
    const sizes = Array.from({ length: 2_000 }, (_, index) => sizeOf('a', 'small', index, FULL));

    expect(Math.min(...sizes)).toBe(0);
    expect(sizes).toContain(20_000_000);
    expect(Math.max(...sizes)).toBe(20_000_000);
  });
});
