import { MidstateError } from './failures.js';

/** How fast S3 restores a copy, cheapest first. */
export const RESTORE_TIERS = ['Bulk', 'Standard', 'Expedited'] as const;
export type RestoreTier = (typeof RESTORE_TIERS)[number];

/** Leave to have S3 restore a copy of an archived object, and how. */
export interface RestorePolicy {
  readonly tier: RestoreTier;
  /** How long the copy stays, 1 to 30. */
  readonly days: number;
  /** Most that the restore of one object may cost, in US dollars at list price. */
  readonly budgetUsd: number;
  /** Seconds between two looks at whether the copy is there; default: by tier. */
  readonly lookEverySeconds?: number;
}

/** Where an object lies whose bytes cannot be read as they are. */
export type Archive = 'GLACIER' | 'DEEP_ARCHIVE' | 'ARCHIVE_ACCESS' | 'DEEP_ARCHIVE_ACCESS';

interface TierPrice {
  readonly usdPerGB: number;
  readonly usdPerRequest: number;
  /** It may take so long. */
  readonly hours: number;
}

/**
 * List prices of us-east-1, and how long a restore takes at most. Source: "Amazon S3 pricing" and "Archive retrieval
 * options" of the S3 user guide; other regions differ, so that a budget is an order of magnitude, and the bill tells.
 * `ARCHIVE_ACCESS` and `DEEP_ARCHIVE_ACCESS` are Intelligent-Tiering's; the object then lies in its frequent tier again.
 */
const PRICES: Readonly<Record<Archive, Partial<Record<RestoreTier, TierPrice>>>> = {
  GLACIER: {
    Bulk: { usdPerGB: 0, usdPerRequest: 0, hours: 12 },
    Standard: { usdPerGB: 0.01, usdPerRequest: 0.000_05, hours: 5 },
    Expedited: { usdPerGB: 0.03, usdPerRequest: 0.01, hours: 0.1 },
  },
  DEEP_ARCHIVE: {
    Bulk: { usdPerGB: 0.002_5, usdPerRequest: 0.000_025, hours: 48 },
    Standard: { usdPerGB: 0.02, usdPerRequest: 0.000_1, hours: 12 },
  },
  ARCHIVE_ACCESS: {
    Bulk: { usdPerGB: 0, usdPerRequest: 0, hours: 12 },
    Standard: { usdPerGB: 0, usdPerRequest: 0, hours: 5 },
    Expedited: { usdPerGB: 0.03, usdPerRequest: 0.01, hours: 0.1 },
  },
  DEEP_ARCHIVE_ACCESS: {
    Bulk: { usdPerGB: 0, usdPerRequest: 0, hours: 48 },
    Standard: { usdPerGB: 0, usdPerRequest: 0, hours: 12 },
  },
};

/** Of the copy, in S3 Standard. */
const COPY_USD_PER_GB_DAY = 0.023 / 30;

const GB = 1_000_000_000;

/** False for Intelligent-Tiering: its objects are moved back, not copied, and stay. */
export function isCopied(archive: Archive): boolean {
  return archive === 'GLACIER' || archive === 'DEEP_ARCHIVE';
}

/** What a restore costs, in US dollars at list price; undefined where the tier is not offered. */
export function restoreCostUsd(
  archive: Archive,
  { tier, days }: Pick<RestorePolicy, 'tier' | 'days'>,
  sizeBytes: number,
): number | undefined {
  const price = PRICES[archive][tier];
  if (price === undefined) return undefined;
  const copy = isCopied(archive) ? COPY_USD_PER_GB_DAY * days : 0;
  return (sizeBytes / GB) * (price.usdPerGB + copy) + price.usdPerRequest;
}

/**
 * The cost of a restore that is within its budget.
 * @throws MidstateError Archived where the tier is not offered, or the budget too small
 */
export function allowedCostUsd(archive: Archive, policy: RestorePolicy, sizeBytes: number): number {
  const { tier, budgetUsd } = policy;
  const usd = restoreCostUsd(archive, policy, sizeBytes);
  if (usd === undefined) {
    const offered = RESTORE_TIERS.filter((other) => PRICES[archive][other] !== undefined);
    throw new MidstateError(
      'Archived',
      `restore: ${archive} is not restored at this tier: set MIDSTATE_RESTORE to one that is`,
      { facts: { expected: offered.join(' or '), actual: tier } },
    );
  }
  if (usd <= budgetUsd) return usd;
  throw new MidstateError(
    'Archived',
    'restore: it costs more than the budget of one object allows: raise MIDSTATE_RESTORE_BUDGET_USD, or choose a cheaper tier',
    { facts: { expected: `at most $${String(budgetUsd)}`, actual: `$${usd.toFixed(4)}` } },
  );
}

/** Looks are so far apart: some twenty in the time that a restore takes at most, and between one and thirty minutes. */
export function lookEveryMs(archive: Archive, { tier, lookEverySeconds }: RestorePolicy): number {
  if (lookEverySeconds !== undefined) return lookEverySeconds * 1_000;
  const { hours } = PRICES[archive][tier] ?? { hours: 12 };
  return Math.min(Math.max((hours * 3_600_000) / 20, 60_000), 30 * 60_000);
}

/** What a restore came to; part of the result. */
export interface RestoreReport {
  readonly archive: Archive;
  readonly tier: RestoreTier;
  readonly days: number;
  /** At list price; absent where somebody else had asked for it. */
  readonly estimatedUsd?: number;
  readonly waitedSeconds: number;
}
