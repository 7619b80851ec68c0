import type { Cell } from './cell.js';
import type { Run } from './state-file.js';

/** Who is told how far a tuning is. */
export interface TuneProgress {
  /** Before the first run: all that are left, in their order. */
  begin(left: readonly Cell[]): void;
  started(cell: Cell): void;
  finished(cell: Cell, run: Run): void;
  say(line: string): void;
  stop(): void;
}
