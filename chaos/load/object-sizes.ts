import type { ChaosSettings } from '../plan.js';
import { seededRandom } from '../seeded-random.js';

export const SIZE_KINDS = ['small', 'medium', 'large'] as const;
export type SizeKind = (typeof SIZE_KINDS)[number];

const MB = 1_000_000;

/** Of small objects: the share of each band, its least and greatest size. Empty ones among them, and whole chunks. */
const SMALL_BANDS = [
  { share: 0.05, least: 0, most: 0 },
  { share: 0.45, least: 1, most: 64_000 },
  { share: 0.35, least: 64_000, most: 2 * MB },
  { share: 0.14, least: 2 * MB, most: 12 * MB },
  { share: 0.01, least: 20 * MB, most: 20 * MB },
] as const;

/** The size of the object with this number, the same for the same seed. */
export function sizeOf(seed: string, kind: SizeKind, index: number, { largestBytes }: ChaosSettings): number {
  const random = seededRandom(seed, `size ${kind} ${String(index)}`);
  if (kind === 'large') return random.between(100 * MB, largestBytes);
  if (kind === 'medium') return random.between(20 * MB + 1, 60 * MB);
  let left = random.next();
  for (const { share, least, most } of SMALL_BANDS) {
    if (left < share) return random.between(least, most);
    left -= share;
  }
  return 0;
}
