import { MidstateError } from '../core/failures.js';

export const MINUTE_SECONDS = 60;

/** Ten years: what takes longer is no plan. */
const MOST_MINUTES = 10 * 366 * 24 * 60;

/** Rounding of sums of seconds must not put what happens at a minute's end into the next. */
const TOLERANCE_MINUTES = 1e-9;

/** The minute, from 0, in which a second lies; its end belongs to it, as 60 s is the end of the first. */
export function minuteOf(atSeconds: number): number {
  return Math.max(0, Math.ceil(atSeconds / MINUTE_SECONDS - TOLERANCE_MINUTES) - 1);
}

/** A number for each minute, as many as are needed. */
export class Series {
  #values = new Float64Array(64);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  at(index: number): number {
    return index < this.#length ? (this.#values[index] ?? 0) : 0;
  }

  /** @throws MidstateError InvalidInput beyond ten years */
  add(index: number, value: number): void {
    this.#reach(index);
    this.#values[index] = (this.#values[index] ?? 0) + value;
  }

  /** Keeps the larger of what is there and `value`. */
  raise(index: number, value: number): void {
    this.#reach(index);
    if (value > (this.#values[index] ?? 0)) this.#values[index] = value;
  }

  /** The first `length` values. */
  toArray(length = this.#length): number[] {
    return Array.from({ length }, (_, index) => this.at(index));
  }

  #reach(index: number): void {
    if (index < this.#length) return;
    if (index >= MOST_MINUTES) {
      throw new MidstateError(
        'InvalidInput',
        'plan: this fleet would take more than ten years; give it more workers, or fewer objects',
      );
    }
    if (index >= this.#values.length) {
      const larger = new Float64Array(Math.max(index + 1, this.#values.length * 2));
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#length = index + 1;
  }
}
