import { seededRandom } from '../core/seeded-random.js';
import { SizeMix, type SizeShare } from './size-mix.js';

/** Walks through arrivals in order of time; the fields are those of the arrival it stands on. */
export interface ArrivalCursor {
  readonly atSeconds: number;
  readonly sizeBytes: number;
  /** Goes to the next arrival (at first to the first); false after the last. */
  advance(): boolean;
}

/** When which objects come. It can be walked through as often as needed, and is the same each time. */
export interface Arrivals {
  readonly count: number;
  open(): ArrivalCursor;
}

/** A time with a steady rate of arrivals. */
export interface RateStep {
  readonly perSecond: number;
  readonly seconds: number;
}

/** So many objects at second 0. */
export function burstOf(count: number, sizes: readonly SizeShare[]): Arrivals {
  return { count, open: () => walk(count, sizes, () => 0) };
}

/**
 * Objects at a rate that changes in steps, evenly spaced.
 * @param seed where given, the gaps between them are random (exponential: a Poisson process), the same for each seed
 */
export function atRate(steps: readonly RateStep[], sizes: readonly SizeShare[], seed?: number): Arrivals {
  const counts = steps.map(({ perSecond, seconds }) => Math.round(perSecond * seconds));
  const count = counts.reduce((sum, n) => sum + n, 0);
  return {
    count,
    open: () => walk(count, sizes, seed === undefined ? evenTimes(steps, counts) : randomTimes(steps, seed)),
  };
}

/** Objects one by one, in order of time. */
export function listed(atSeconds: Float64Array, sizesBytes: Float64Array): Arrivals {
  const count = atSeconds.length;
  return {
    count,
    open: () => {
      let index = -1;
      return {
        get atSeconds() {
          return atSeconds[index] ?? 0;
        },
        get sizeBytes() {
          return sizesBytes[index] ?? 0;
        },
        advance: () => ++index < count,
      };
    },
  };
}

function walk(count: number, sizes: readonly SizeShare[], nextTime: () => number): ArrivalCursor {
  const mix = new SizeMix(sizes);
  let left = count;
  const cursor = {
    atSeconds: 0,
    sizeBytes: 0,
    advance: () => {
      if (left === 0) return false;
      left -= 1;
      cursor.atSeconds = nextTime();
      cursor.sizeBytes = mix.next();
      return true;
    },
  };
  return cursor;
}

function evenTimes(steps: readonly RateStep[], counts: readonly number[]): () => number {
  let step = 0;
  let begun = 0;
  let index = 0;
  return () => {
    while (index >= (counts[step] ?? Infinity)) {
      begun += steps[step]?.seconds ?? 0;
      step += 1;
      index = 0;
    }
    return begun + index++ / (steps[step]?.perSecond ?? 1);
  };
}

/** Gaps in units of the mean, stretched by the rate that holds: what a changing rate is at any moment. */
function randomTimes(steps: readonly RateStep[], seed: number): () => number {
  const random = seededRandom(seed);
  let step = 0;
  let at = 0;
  let stepEnds = steps[0]?.seconds ?? 0;
  return () => {
    let units = -Math.log(1 - random());
    for (;;) {
      const { perSecond = 1 } = steps[step] ?? {};
      const reached = at + units / perSecond;
      if (reached <= stepEnds || step === steps.length - 1) return (at = reached);
      units -= (stepEnds - at) * perSecond;
      at = stepEnds;
      step += 1;
      stepEnds += steps[step]?.seconds ?? 0;
    }
  };
}
