import type { Comparison } from './comparison.js';
import type { AccountingCheck } from './measure/check-accounting.js';
import type { BenchPlan } from './plan.js';
import type { ClassComparison } from './sections/compare-in-classes.js';
import type { MemoryFigure } from './sections/measure-memory.js';
import type { PipelineResults } from './sections/measure-pipeline.js';
import type { OneRead } from './sections/read-once.js';
import type { Machine } from './stage/machine.js';

/** A section that could not run, and why. */
export interface Skipped {
  readonly title: string;
  readonly reason: string;
}

/** What one run of the bench found out; `results.json` is this. */
export interface BenchResults {
  readonly startedAt: string;
  readonly seconds: number;
  readonly plan: BenchPlan;
  readonly machine: Machine;
  /** Who accounts for CPU time. */
  readonly accountedBy: string;
  readonly accounting: readonly AccountingCheck[];
  readonly skipped: readonly Skipped[];
  /** sha1 first; then the other algorithms. */
  readonly comparisons: readonly Comparison[];
  readonly oneReads: readonly OneRead[];
  readonly memory: readonly MemoryFigure[];
  readonly classes: readonly ClassComparison[];
  readonly pipeline: PipelineResults | undefined;
}
