/** What is run, how often, on what. */
export interface BenchPlan {
  readonly isQuick: boolean;
  readonly sections: readonly SectionName[];
  /** Counted rounds; one more before them is not. */
  readonly rounds: number;
  /** The object of the comparisons. */
  readonly objectBytes: number;
}

/** In the order they run. */
export const SECTION_NAMES = ['engine'] as const;

export type SectionName = (typeof SECTION_NAMES)[number];

const FULL = { rounds: 5, objectBytes: 1_000_000_000 } as const;
const QUICK = { rounds: 3, objectBytes: 200_000_000 } as const;

/** The full plan, or with `quick` fewer rounds and smaller objects. */
export function planBench(sections: readonly SectionName[], isQuick: boolean): BenchPlan {
  return { ...(isQuick ? QUICK : FULL), isQuick, sections };
}
