import { formatBytes } from '../core/format-bytes.js';
import type { EngineName } from '../core/engine-names.js';
import type { Algorithm } from '../core/algorithms.js';
import type { MemoryClassMB } from '../core/memory-classes.js';

/** What reads and hashes: midstate with one of its engines, or the plain Python loop beside it. */
export type Runner = EngineName | 'python';

/** One setting to be measured. */
export interface Cell {
  readonly memoryMB: MemoryClassMB;
  readonly chunkSizeBytes: number;
  readonly objectBytes: number;
  readonly algorithms: readonly Algorithm[];
  /** GETs of one object under way at once. */
  readonly connections: number;
  readonly objectsAtOnce: number;
  readonly runner: Runner;
}

/** The same for the same cell, in every run. */
export function cellId(cell: Cell): string {
  const { memoryMB, chunkSizeBytes, objectBytes, algorithms, connections, objectsAtOnce, runner } = cell;
  return [
    memoryMB,
    chunkSizeBytes,
    objectBytes,
    algorithms.join('+'),
    connections,
    objectsAtOnce,
    runner,
  ].join('/');
}

/** For people: `512 MB, chunk 20 MB, 4 x 1 GB, sha1, native`. */
export function describeCell(cell: Cell): string {
  const { memoryMB, chunkSizeBytes, objectBytes, algorithms, connections, objectsAtOnce, runner } = cell;
  const objects = `${objectsAtOnce === 1 ? '' : `${String(objectsAtOnce)} x `}${formatBytes(objectBytes)}`;
  return `${String(memoryMB)} MB, chunk ${formatBytes(chunkSizeBytes)}, ${objects}, ${algorithms.join('+')}, ${String(connections)} connections, ${runner}`;
}

/** Bytes that one run of the cell hashes. */
export function bytesOf({ objectBytes, objectsAtOnce }: Cell): number {
  return objectBytes * objectsAtOnce;
}

/** What a worker is started with: cells that have it in common can share one. */
export type WorkerSetup = Pick<Cell, 'memoryMB' | 'chunkSizeBytes' | 'connections'> & {
  readonly engine: EngineName;
};

/** The setup of a cell; Python's loop runs beside a worker of the native engine. */
export function setupOf({ memoryMB, chunkSizeBytes, connections, runner }: Cell): WorkerSetup {
  return { memoryMB, chunkSizeBytes, connections, engine: runner === 'python' ? 'native' : runner };
}
