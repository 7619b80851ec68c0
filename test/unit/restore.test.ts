import { describe, expect, test } from 'vitest';
import { allowedCostUsd, lookEveryMs, restoreCostUsd, type RestorePolicy } from '../../src/core/restore.js';

const bulk: RestorePolicy = { tier: 'Bulk', days: 2, budgetUsd: 1 };
const TB = 1_000_000_000_000;

describe('a restore', () => {
  test.each([
    // 1,000 GB for two days in Standard: 1.533 $
    ['GLACIER', 'Bulk', 1.533],
    ['GLACIER', 'Standard', 11.533],
    ['GLACIER', 'Expedited', 31.543],
    ['DEEP_ARCHIVE', 'Bulk', 4.033],
    ['DEEP_ARCHIVE', 'Standard', 21.533],
    ['ARCHIVE_ACCESS', 'Bulk', 0],
    ['ARCHIVE_ACCESS', 'Expedited', 30.01],
    ['DEEP_ARCHIVE_ACCESS', 'Standard', 0],
  ] as const)('of a TB from %s (%s) costs some $%s', (archive, tier, usd) => {
    expect(restoreCostUsd(archive, { tier, days: 2 }, TB)).toBeCloseTo(usd, 2);
  });

  test('within its budget is allowed', () => {
    expect(allowedCostUsd('DEEP_ARCHIVE', bulk, 100_000_000_000)).toBeCloseTo(0.403, 2);
  });

  test('over its budget is refused, with what it would cost', () => {
    expect(() => allowedCostUsd('DEEP_ARCHIVE', bulk, TB)).toThrow(
      /MIDSTATE_RESTORE_BUDGET_USD.*expected=at most \$1, actual=\$4\.03/,
    );
  });

  test('at a tier that is not offered is refused, with those that are', () => {
    expect(() => allowedCostUsd('DEEP_ARCHIVE', { ...bulk, tier: 'Expedited' }, 1)).toThrow(
      /expected=Bulk or Standard, actual=Expedited/,
    );
  });

  test('is looked at every minute where it takes minutes, every half hour where it takes days', () => {
    expect(lookEveryMs('GLACIER', { ...bulk, tier: 'Expedited' })).toBe(60_000);
    expect(lookEveryMs('GLACIER', { ...bulk, tier: 'Standard' })).toBe(900_000);
    expect(lookEveryMs('DEEP_ARCHIVE', bulk)).toBe(1_800_000);
    expect(lookEveryMs('DEEP_ARCHIVE', { ...bulk, lookEverySeconds: 2 })).toBe(2_000);
  });
});
