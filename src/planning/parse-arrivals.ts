import { MidstateError } from '../core/failures.js';
import { atRate, burstOf, type Arrivals, type RateStep } from './arrivals.js';
import { parseCount, parsePositive, parseSeconds, parseSize } from './parse-quantities.js';
import type { SizeShare } from './size-mix.js';

/** A simulation keeps 4 bytes an object. */
const MOST_OBJECTS = 100_000_000;

const BURST = /^(.+?)\s*[x×]\s*(.+)$/i;

/**
 * A burst: `10,000 x 1 GB`, or `10,000` of a mix of sizes.
 * @throws MidstateError InvalidInput
 */
export function parseBurst(text: string, sizes: readonly SizeShare[] | undefined): Arrivals {
  const [, count, size] = BURST.exec(text.trim()) ?? [undefined, text, undefined];
  const objects = checkedCount(parseCount(count, 'burst'));
  if (size !== undefined) return burstOf(objects, [{ sizeBytes: parseSize(size), share: 1 }]);
  return burstOf(objects, requireSizes('burst', sizes));
}

/**
 * Steps of a rate: `5/s for 8h, 50/s for 4h`; `/min` and `/h` too.
 * @throws MidstateError InvalidInput
 */
export function parseRate(text: string, sizes: readonly SizeShare[] | undefined, seed?: number): Arrivals {
  const steps = splitList(text).map(parseStep);
  checkedCount(steps.reduce((sum, { perSecond, seconds }) => sum + Math.round(perSecond * seconds), 0));
  return atRate(steps, requireSizes('rate', sizes), seed);
}

function parseStep(text: string): RateStep {
  const [, rate, unit, time] = /^(.+?)\s*\/\s*([a-z]+)\s+for\s+(.+)$/i.exec(text) ?? [];
  if (rate === undefined || unit === undefined || time === undefined) {
    throw new MidstateError(
      'InvalidInput',
      `plan: rate: expected one like "50/s for 2h" or "5/s for 8h, 50/s for 4h", got "${text}"`,
    );
  }
  return { perSecond: parsePositive(rate, 'rate') / parseSeconds(unit), seconds: parseSeconds(time) };
}

/**
 * A histogram of sizes: `70% 10 MB, 30% 1 GB`, or counts: `5000 x 10 MB, 20 x 5 GB`; one size alone is all of it.
 * @throws MidstateError InvalidInput
 */
export function parseSizes(text: string): SizeShare[] {
  return splitList(text).map((part) => {
    const [, share, size] = /^([\d.,_]+)\s*(?:%|[x×])\s*(.+)$/i.exec(part) ?? [];
    return share === undefined || size === undefined
      ? { share: 1, sizeBytes: parseSize(part) }
      : { share: parsePositive(share, 'share of a size'), sizeBytes: parseSize(size) };
  });
}

/** What must be done by when. */
export interface Target {
  readonly objects: number;
  readonly sizeBytes: number;
  readonly seconds: number;
}

/**
 * A target: `10,000 x 1 GB in 1h`.
 * @throws MidstateError InvalidInput
 */
export function parseTarget(text: string): Target {
  const [, count, size, time] = /^(.+?)\s*[x×]\s*(.+?)\s+in\s+(?:an?\s+)?(.+)$/i.exec(text.trim()) ?? [];
  if (count === undefined || size === undefined || time === undefined) {
    throw new MidstateError(
      'InvalidInput',
      `plan: target: expected one like "10,000 x 1 GB in 1h", got "${text}"`,
    );
  }
  return {
    objects: checkedCount(parseCount(count, 'target')),
    sizeBytes: parseSize(size),
    seconds: parseSeconds(time),
  };
}

/** Commas separate; those inside a number (`10,000`) do not. */
function splitList(text: string): string[] {
  const parts = text.split(/,(?!\d{3}(?!\d))/).map((part) => part.trim());
  return parts.filter((part) => part !== '');
}

function requireSizes(what: string, sizes: readonly SizeShare[] | undefined): readonly SizeShare[] {
  if (sizes !== undefined && sizes.length > 0) return sizes;
  throw new MidstateError(
    'InvalidInput',
    `plan: ${what}: how large the objects are is not said; add --sizes "100 MB" or --sizes "70% 10 MB, 30% 1 GB"`,
  );
}

/** @throws MidstateError InvalidInput beyond what is simulated */
export function checkedCount(objects: number): number {
  if (objects <= MOST_OBJECTS && objects >= 1) return objects;
  throw new MidstateError(
    'InvalidInput',
    `plan: expected 1 to ${MOST_OBJECTS.toLocaleString('en-US')} objects, got ${objects.toLocaleString('en-US')}`,
  );
}
