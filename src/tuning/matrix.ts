import { alignDown, CHUNK_ALIGNMENT_BYTES, type Algorithm } from '../core/algorithms.js';
import type { EngineName } from '../core/engine-names.js';
import { MidstateError } from '../core/failures.js';
import {
  checkConnectionsFit,
  MEMORY_CLASSES_MB,
  memoryClass,
  type MemoryClassMB,
} from '../core/memory-classes.js';
import type { Cell } from './cell.js';

/** What is varied: every combination is a cell. */
export interface Matrix {
  readonly classesMB: readonly MemoryClassMB[];
  readonly chunkBytes: readonly number[];
  readonly objectBytes: readonly number[];
  /** Sets of algorithms, each computed in one read. */
  readonly algorithms: readonly (readonly Algorithm[])[];
  /** GETs of one object at once. */
  readonly connections: readonly number[];
  readonly objectsAtOnce: readonly number[];
  readonly engines: readonly EngineName[];
  /** Counted runs of each cell. */
  readonly runs: number;
  /** Whether Python's loop runs beside, with the first set of algorithms. */
  readonly python: boolean;
}

const MB = 1_000_000;

/** The seed's matrix: 5 classes, 4 chunks, 4 objects, 2 runs. */
export const FULL_MATRIX: Omit<Matrix, 'python'> = {
  classesMB: MEMORY_CLASSES_MB,
  chunkBytes: [1, 10, 20, 50].map((size) => alignDown(size * MB, CHUNK_ALIGNMENT_BYTES)),
  objectBytes: [100, 500, 1_000, 5_000].map((size) => size * MB),
  algorithms: [['sha1']],
  connections: [2],
  objectsAtOnce: [1],
  engines: ['native'],
  runs: 2,
};

/** Two minutes: two classes, small objects, one or four of them at once. */
export const QUICK_MATRIX: Omit<Matrix, 'python'> = {
  ...FULL_MATRIX,
  classesMB: [256, 512],
  chunkBytes: [20 * MB],
  objectBytes: [20 * MB, 100 * MB],
  objectsAtOnce: [1, 4],
};

/**
 * Every combination once.
 * @throws MidstateError InvalidInput where a class has no room for the connections
 */
export function cellsOf(matrix: Matrix): Cell[] {
  const cells = matrix.classesMB.flatMap((memoryMB) =>
    matrix.chunkBytes.flatMap((chunkSizeBytes) =>
      matrix.objectBytes.flatMap((objectBytes) =>
        cellsOfObject(matrix, { memoryMB, chunkSizeBytes, objectBytes }),
      ),
    ),
  );
  if (cells.length > 0) return cells;
  throw new MidstateError('InvalidInput', 'tune: expected at least one value in each dimension');
}

function cellsOfObject(
  { algorithms, connections, objectsAtOnce, engines, python }: Matrix,
  base: Pick<Cell, 'memoryMB' | 'chunkSizeBytes' | 'objectBytes'>,
): Cell[] {
  const cells: Cell[] = [];
  for (const algorithm of algorithms) {
    for (const connection of connections) {
      checkConnectionsFit(connection, base.memoryMB);
      for (const atOnce of objectsAtOnce) {
        for (const runner of engines) {
          cells.push({
            ...base,
            algorithms: algorithm,
            connections: connection,
            objectsAtOnce: atOnce,
            runner,
          });
        }
      }
    }
  }
  const [first] = algorithms;
  if (python && first?.length === 1) {
    cells.push({
      ...base,
      algorithms: first,
      connections: connections[0] ?? 2,
      objectsAtOnce: 1,
      runner: 'python',
    });
  }
  return cells;
}

/** More objects at once than a worker has slots for their size wait for one another: it is measured, and said. */
export function slotsFor({ memoryMB, objectBytes, connections }: Cell): number {
  const { slots, slotsForSmall, chunkSizeBytes } = memoryClass(memoryMB, connections);
  return objectBytes <= chunkSizeBytes ? slots : slots - slotsForSmall;
}
