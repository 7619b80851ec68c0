import { describeCell } from './cell.js';
import type { TuneResult } from './tune-result.js';

/** A cell that has become slower than a saved run had it. */
export interface Regression {
  readonly cell: string;
  readonly savedMBPerSecond: number;
  /** Undefined where it has failed. */
  readonly nowMBPerSecond: number | undefined;
}

export interface Comparison {
  /** Cells that both runs have. */
  readonly compared: number;
  readonly regressions: readonly Regression[];
}

/** A median lower by less may be the machine. */
export const TOLERANCE = 0.1;

/**
 * Compares the cells of two runs. A cell has regressed where its median speed is lower by more than a tenth and the two
 * confidence intervals do not meet, or where it fails now.
 */
export function compareResults(saved: TuneResult, now: TuneResult): Comparison {
  const before = new Map(saved.cells.map((cell) => [cell.id, cell]));
  let compared = 0;
  const regressions: Regression[] = [];
  for (const cell of now.cells) {
    const was = before.get(cell.id)?.megabytesPerSecond;
    if (was === undefined || cell.runner === 'python') continue;
    compared += 1;
    const is = cell.megabytesPerSecond;
    const isSlower = is === undefined || (is.median < was.median * (1 - TOLERANCE) && is.high < was.low);
    if (isSlower) {
      regressions.push({
        cell: describeCell(cell),
        savedMBPerSecond: was.median,
        nowMBPerSecond: is?.median,
      });
    }
  }
  return { compared, regressions };
}
