/** Several runs of one figure, summed up. */
export interface Summary {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly runs: number;
}

/**
 * Median, least and greatest of the values.
 * @throws RangeError when there are none
 */
export function summarize(values: readonly number[]): Summary {
  if (values.length === 0) throw new RangeError('summarize: expected at least one value, got none');
  const sorted = [...values].sort((a, b) => a - b);
  return {
    median: (at(sorted, (sorted.length - 1) >> 1) + at(sorted, sorted.length >> 1)) / 2,
    min: at(sorted, 0),
    max: at(sorted, sorted.length - 1),
    runs: sorted.length,
  };
}

/**
 * Combines figures of the same rounds, round by round, and sums the results up: pairs stay pairs, so that a machine
 * that drifts between rounds moves a ratio little.
 * @throws RangeError when the series differ in length
 */
export function summarizePairs(
  first: readonly number[],
  second: readonly number[],
  combine: (first: number, second: number) => number,
): Summary {
  return summarize(pairUp(first, second, combine));
}

/** `combine` of the two series, round by round. */
export function pairUp(
  first: readonly number[],
  second: readonly number[],
  combine: (first: number, second: number) => number,
): number[] {
  if (first.length !== second.length) {
    throw new RangeError(
      `pairs: expected as many rounds of both, got ${String(first.length)} and ${String(second.length)}`,
    );
  }
  return first.map((value, round) => combine(value, at(second, round)));
}

export function ratio(numerator: number, denominator: number): number {
  return numerator / denominator;
}

function at(values: readonly number[], index: number): number {
  const value = values[index];
  if (value === undefined) throw new RangeError(`no value at ${String(index)}`);
  return value;
}
