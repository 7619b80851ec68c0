/** Values of minutes, joined where there are too many to draw. */
export interface Bucketed {
  readonly minutesEach: number;
  readonly values: readonly number[];
}

/** @param join what the minutes of one bucket come to: their mean, or the largest */
export function bucketed(values: readonly number[], mostBuckets: number, join: 'mean' | 'most'): Bucketed {
  const minutesEach = Math.max(1, Math.ceil(values.length / mostBuckets));
  const buckets: number[] = [];
  for (let from = 0; from < values.length; from += minutesEach) {
    const minutes = values.slice(from, from + minutesEach);
    const joined =
      join === 'most'
        ? minutes.reduce((most, value) => Math.max(most, value), 0)
        : minutes.reduce((sum, value) => sum + value, 0) / minutes.length;
    buckets.push(joined);
  }
  return { minutesEach, values: buckets };
}
