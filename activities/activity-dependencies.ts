import type { HashEngine, ObjectStore, RangeReader, ReadMeter } from '../src/core/ports.js';

/** What the activities need from the outside; a worker's composition root fills it in. */
export interface ActivityDependencies {
  readonly engine: HashEngine;
  readonly reader: RangeReader;
  readonly store: ObjectStore;
  readonly meter: ReadMeter;
  /** Bytes of one ranged GET: the worker's class decides. */
  readonly chunkSizeBytes: number;
  /** On a graceful shutdown, how long chunks that were asked for may still take to their end. Default 3,000. */
  readonly handOverMs?: number;
  /** How often the server is told of a checkpoint: the worker's loss bound decides. Default 1,500. */
  readonly heartbeatIntervalMs?: number;
  /** The worker's class in one line (`describeMemoryClass`), compared with what the workflow expects. */
  readonly memoryClass?: string;
  /** True while the worker's memory is so full that it takes no new work. */
  readonly isFull?: () => boolean;
}
