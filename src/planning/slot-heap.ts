/** The times at which slots become free, the earliest on top: a binary heap of seconds. */
export class SlotHeap {
  #times = new Float64Array(64);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The earliest; Infinity where there is no slot. */
  get earliest(): number {
    return this.#size === 0 ? Infinity : (this.#times[0] ?? Infinity);
  }

  add(atSeconds: number): void {
    if (this.#size === this.#times.length) {
      const larger = new Float64Array(this.#times.length * 2);
      larger.set(this.#times);
      this.#times = larger;
    }
    const times = this.#times;
    let index = this.#size++;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = times[parent] as number;
      if (above <= atSeconds) break;
      times[index] = above;
      index = parent;
    }
    times[index] = atSeconds;
  }

  /** Puts the slot that is free earliest to a later time. */
  replaceEarliest(atSeconds: number): void {
    this.#sink(atSeconds);
  }

  /** Takes the slot that is free earliest away. */
  removeEarliest(): void {
    const last = this.#times[--this.#size] as number;
    if (this.#size > 0) this.#sink(last);
  }

  /** Slots that are not free yet at `atSeconds`. */
  countLaterThan(atSeconds: number): number {
    let count = 0;
    for (let index = 0; index < this.#size; index++) if ((this.#times[index] as number) > atSeconds) count++;
    return count;
  }

  #sink(atSeconds: number): void {
    const times = this.#times;
    const size = this.#size;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= size) break;
      if (child + 1 < size && (times[child + 1] as number) < (times[child] as number)) child++;
      const below = times[child] as number;
      if (below >= atSeconds) break;
      times[index] = below;
      index = child;
    }
    times[index] = atSeconds;
  }
}
