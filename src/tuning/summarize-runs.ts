/** Several runs of one figure. */
export interface Summary {
  readonly median: number;
  /** Of the median. */
  readonly low: number;
  readonly high: number;
  /** How sure that interval is, 0 to 1. */
  readonly confidence: number;
  readonly runs: number;
  /** Runs that were left out as outliers. */
  readonly dropped: number;
}

/** Fewer runs tell nothing about which of them is an outlier. */
const FEWEST_FOR_OUTLIERS = 4;

/** Tukey's fences: how many times the middle half's width a value may lie outside of it. */
const FENCE = 1.5;

const WANTED_CONFIDENCE = 0.95;

/**
 * Median and its confidence interval. Of four and more values those beyond Tukey's fences (1.5 times the middle half's
 * width below or above it) are dropped first; of fewer, none.
 * @throws RangeError when there are none
 */
export function summarizeRuns(values: readonly number[]): Summary {
  const kept = withoutOutliers(values);
  if (kept.length === 0) throw new RangeError('summarize: expected at least one value, got none');
  return {
    ...medianInterval(kept),
    median: quantile(kept, 0.5),
    runs: kept.length,
    dropped: values.length - kept.length,
  };
}

/** Rising values within Tukey's fences. */
function withoutOutliers(values: readonly number[]): number[] {
  const sorted = [...values].sort((a, b) => a - b);
  if (sorted.length < FEWEST_FOR_OUTLIERS) return sorted;
  const [lower, upper] = [quantile(sorted, 0.25), quantile(sorted, 0.75)];
  const reach = FENCE * (upper - lower);
  return sorted.filter((value) => value >= lower - reach && value <= upper + reach);
}

/** @param sorted rising, not empty */
function quantile(sorted: readonly number[], part: number): number {
  const position = (sorted.length - 1) * part;
  const [below, above] = [sorted[Math.floor(position)] ?? 0, sorted[Math.ceil(position)] ?? 0];
  return below + (above - below) * (position - Math.floor(position));
}

/**
 * The narrowest interval between two values that are as far from either end, that holds the median of all possible runs
 * with 95 %; whatever they are distributed like (each is above it with one half). With fewer than six values that is
 * more than all of them say: then the whole range, and how sure it is.
 */
function medianInterval(sorted: readonly number[]): { low: number; high: number; confidence: number } {
  const count = sorted.length;
  let best = { low: sorted[0] ?? 0, high: sorted.at(-1) ?? 0, confidence: 1 - 2 * 0.5 ** count };
  if (count === 1) best.confidence = 0;
  for (let cut = 1; cut < count / 2; cut++) {
    const confidence = 1 - 2 * tail(count, cut);
    if (confidence < WANTED_CONFIDENCE) break;
    best = { low: sorted[cut] ?? 0, high: sorted[count - 1 - cut] ?? 0, confidence };
  }
  return best;
}

/** The chance of at most `most` heads in `count` throws. */
function tail(count: number, most: number): number {
  let [chance, sum] = [0.5 ** count, 0];
  for (let heads = 0; heads <= most; heads++) {
    sum += chance;
    chance = (chance * (count - heads)) / (heads + 1);
  }
  return sum;
}
