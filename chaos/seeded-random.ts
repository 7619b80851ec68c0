import { createHash } from 'node:crypto';
import { seededRandom as seededNumbers, shuffled } from '../src/core/seeded-random.js';

/** Random numbers that are the same for the same seed; no secret. */
export interface SeededRandom {
  /** From 0 up to 1. */
  next(): number;
  /** A whole number from `least` to `most`. */
  between(least: number, most: number): number;
  pick<T>(items: readonly T[]): T;
  shuffled<T>(items: readonly T[]): T[];
}

/** Begun at a digest of the seed and of what the numbers are for. */
export function seededRandom(seed: string, purpose: string): SeededRandom {
  const next = seededNumbers(createHash('sha256').update(`${seed}\0${purpose}`).digest().readUInt32LE(0));
  const between = (least: number, most: number) => least + Math.floor(next() * (most - least + 1));
  return {
    next,
    between,
    pick: (items) => {
      const item = items[between(0, items.length - 1)];
      if (item === undefined) throw new RangeError('nothing to pick from');
      return item;
    },
    shuffled: (items) => shuffled(items, next),
  };
}
