import type { Cell } from '../../src/tuning/cell.js';
import { cellsOf, FULL_MATRIX, type Matrix } from '../../src/tuning/matrix.js';
import { cellId } from '../../src/tuning/cell.js';
import type { Run } from '../../src/tuning/state-file.js';
import { cellResult, type TuneResult } from '../../src/tuning/tune-result.js';

/** A result whose cells took as long as `secondsFor` has it; undefined: the cell failed. */
export function resultOf(
  changes: Partial<Matrix>,
  secondsFor: (cell: Cell, round: number) => number | undefined,
): TuneResult {
  const matrix: Matrix = { ...FULL_MATRIX, python: false, ...changes };
  const cells = cellsOf(matrix);
  const runs = cells.flatMap((cell) =>
    Array.from({ length: matrix.runs }, (_, index): Run => {
      const seconds = secondsFor(cell, index + 1);
      const id = { kind: 'run', cell: cellId(cell), round: index + 1 } as const;
      return seconds === undefined
        ? { ...id, failure: 'tune: the worker was killed at its memory limit' }
        : { ...id, seconds, cpuSeconds: seconds / 2, peakBytes: 50_000_000 + index };
    }),
  );
  return {
    format: 1,
    kind: 'midstate-tune',
    startedAt: '2026-11-26T00:00:00Z',
    finishedAt: '2026-11-26T01:00:00Z',
    seed: 1,
    machine: { cpu: 'a CPU', cores: 2, memoryGB: 8, system: 'Linux', node: '20', midstate: '0.1.0' },
    conditions: { confinement: 'cgroup', store: 'a store', network: {} },
    matrix,
    cells: cells.map((cell) => cellResult(cell, runs)),
  };
}
