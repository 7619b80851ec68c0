import { createHash } from 'node:crypto';

/** Random numbers that are the same for the same seed; no secret. */
export interface SeededRandom {
  /** From 0 up to 1. */
  next(): number;
  /** A whole number from `least` to `most`. */
  between(least: number, most: number): number;
  pick<T>(items: readonly T[]): T;
  shuffled<T>(items: readonly T[]): T[];
}

/** Mulberry32, begun at a digest of the seed and of what the numbers are for. */
export function seededRandom(seed: string, purpose: string): SeededRandom {
  let state = createHash('sha256').update(`${seed}\0${purpose}`).digest().readUInt32LE(0);
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const between = (least: number, most: number) => least + Math.floor(next() * (most - least + 1));
  return {
    next,
    between,
    pick: (items) => {
      const item = items[between(0, items.length - 1)];
      if (item === undefined) throw new RangeError('nothing to pick from');
      return item;
    },
    shuffled: (items) => {
      const left = [...items];
      for (let last = left.length - 1; last > 0; last--) {
        const other = between(0, last);
        const [a, b] = [left[last], left[other]];
        if (a !== undefined && b !== undefined) [left[last], left[other]] = [b, a];
      }
      return left;
    },
  };
}
