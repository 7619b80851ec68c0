/** One size of a mix, and its part of the objects. */
export interface SizeShare {
  readonly sizeBytes: number;
  /** Any positive number; the parts of a mix need not add up to anything. */
  readonly share: number;
}

/**
 * Sizes dealt out in turn, so that every run of objects has the mix as nearly as whole objects can: nothing is random,
 * and a plan made twice is the same plan.
 */
export class SizeMix {
  readonly #dealt: Float64Array;

  constructor(private readonly shares: readonly SizeShare[]) {
    this.#dealt = new Float64Array(shares.length);
  }

  /** The next object's size in bytes. */
  next(): number {
    const { shares } = this;
    const dealt = this.#dealt;
    let chosen = 0;
    let least = Infinity;
    for (let index = 0; index < shares.length; index++) {
      const due = ((dealt[index] ?? 0) + 0.5) / (shares[index]?.share ?? 1);
      if (due < least) {
        least = due;
        chosen = index;
      }
    }
    dealt[chosen] = (dealt[chosen] ?? 0) + 1;
    return shares[chosen]?.sizeBytes ?? 0;
  }
}
