import { ALGORITHMS, type Algorithm } from '../src/core/algorithms.js';
import { MEMORY_CLASSES_MB, type MemoryClassMB } from '../src/core/memory-classes.js';

/** In the order they run. */
export const SECTION_NAMES = ['engine', 'one-read', 'memory', 'classes', 'pipeline', 'algorithms'] as const;

export type SectionName = (typeof SECTION_NAMES)[number];

/** What is run, how often, on what. */
export interface BenchPlan {
  readonly isQuick: boolean;
  readonly sections: readonly SectionName[];
  /** Those of the section of that name. */
  readonly algorithms: readonly Algorithm[];
  /** Counted rounds; one more before them is not. */
  readonly rounds: number;
  /** Counted rounds where one takes long: within the memory classes, and of the largest objects. */
  readonly slowRounds: number;
  /** The object of the comparisons, of the one read, and of the pipeline. */
  readonly objectBytes: number;
  /** The object of the comparisons of every algorithm, of which there are many. */
  readonly algorithmObjectBytes: number;
  /** For the engine's peak of memory. */
  readonly memoryObjectBytes: readonly number[];
  /** Bytes of one GET, each a multiple of 128; for the engine's peak of memory on `objectBytes`. */
  readonly memoryRangeBytes: readonly number[];
  readonly memoryClassesMB: readonly MemoryClassMB[];
  /** The object read within the memory classes. */
  readonly classObjectBytes: number;
  /** Classes whose workers hash inside their limits, and what, rising. */
  readonly confinedClassesMB: readonly MemoryClassMB[];
  readonly confinedObjectBytes: readonly number[];
}

const FULL: Omit<BenchPlan, 'isQuick' | 'sections' | 'algorithms'> = {
  rounds: 5,
  slowRounds: 5,
  objectBytes: 1_000_000_000,
  algorithmObjectBytes: 250_000_000,
  memoryObjectBytes: [100_000_000, 1_000_000_000, 5_000_000_000],
  memoryRangeBytes: [1_280_000, 100_000_000, 1_000_000_000],
  memoryClassesMB: [128, 256, 512],
  classObjectBytes: 100_000_000,
  confinedClassesMB: MEMORY_CLASSES_MB,
  confinedObjectBytes: [100_000_000, 500_000_000, 1_000_000_000, 5_000_000_000],
};

const QUICK: typeof FULL = {
  rounds: 3,
  slowRounds: 1,
  objectBytes: 200_000_000,
  algorithmObjectBytes: 50_000_000,
  memoryObjectBytes: [20_000_000, 200_000_000],
  memoryRangeBytes: [1_280_000, 200_000_000],
  memoryClassesMB: [128, 512],
  classObjectBytes: 50_000_000,
  confinedClassesMB: [128, 2048],
  confinedObjectBytes: [50_000_000],
};

/** The full plan, or with `quick` fewer rounds and smaller objects. */
export function planBench(
  sections: readonly SectionName[],
  isQuick: boolean,
  algorithms: readonly Algorithm[] = ALGORITHMS,
): BenchPlan {
  return { ...(isQuick ? QUICK : FULL), isQuick, sections, algorithms };
}
