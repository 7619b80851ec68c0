/** Worker sizes in MB. Each has MB/1769 of a vCPU, as AWS Lambda gives it. */
export const MEMORY_CLASSES_MB = [128, 256, 512, 1024, 2048] as const;

export type MemoryClassMB = (typeof MEMORY_CLASSES_MB)[number];

export interface MemoryClass {
  readonly memoryMB: MemoryClassMB;
  /** Bytes of one ranged GET; a multiple of 128. */
  readonly chunkSizeBytes: number;
  /** Objects one worker hashes at once. */
  readonly slots: number;
  /** GETs of one object under way at once; 2: the next chunk is asked for while the one before it arrives. */
  readonly connectionsPerObject: number;
  /** Most memory, for all objects of a worker together, that chunks are read ahead into; it is taken when first needed. */
  readonly readAheadBytes: number;
  /** V8's `--max-old-space-size`. */
  readonly maxOldSpaceMB: number;
  /** V8's `--max-semi-space-size`: the young generation is three of these. */
  readonly maxSemiSpaceMB: number;
  /** What the class hashes per second on AWS Lambda (lower end of the measured table), used to bound a range's time. */
  readonly megabytesPerSecond: number;
}

/**
 * The one table of classes. Chunk sizes and MB/s: measured on AWS Lambda (docs/memory-classes.md has the table);
 * 20 MB is its sweet spot from 256 MB up. Slots: an idle activity worker takes about 85 MB of resident memory,
 * a stream 5 to 8 MB, and no class has more than one vCPU's worth of work to share out below 2,048 MB.
 */
const TABLE: Readonly<Record<MemoryClassMB, MemoryClass>> = {
  128: {
    memoryMB: 128,
    chunkSizeBytes: 10_000_000,
    slots: 2,
    connectionsPerObject: 2,
    readAheadBytes: 0,
    maxOldSpaceMB: 48,
    maxSemiSpaceMB: 2,
    megabytesPerSecond: 15,
  },
  256: {
    memoryMB: 256,
    chunkSizeBytes: 20_000_000,
    slots: 4,
    connectionsPerObject: 2,
    readAheadBytes: 40_000_000,
    maxOldSpaceMB: 96,
    maxSemiSpaceMB: 4,
    megabytesPerSecond: 40,
  },
  512: {
    memoryMB: 512,
    chunkSizeBytes: 20_000_000,
    slots: 8,
    connectionsPerObject: 2,
    readAheadBytes: 120_000_000,
    maxOldSpaceMB: 192,
    maxSemiSpaceMB: 4,
    megabytesPerSecond: 70,
  },
  1024: {
    memoryMB: 1024,
    chunkSizeBytes: 20_000_000,
    slots: 12,
    connectionsPerObject: 2,
    readAheadBytes: 300_000_000,
    maxOldSpaceMB: 384,
    maxSemiSpaceMB: 8,
    megabytesPerSecond: 70,
  },
  2048: {
    memoryMB: 2048,
    chunkSizeBytes: 20_000_000,
    slots: 16,
    connectionsPerObject: 2,
    readAheadBytes: 600_000_000,
    maxOldSpaceMB: 768,
    maxSemiSpaceMB: 8,
    megabytesPerSecond: 70,
  },
};

export function memoryClass(memoryMB: MemoryClassMB): MemoryClass {
  return TABLE[memoryMB];
}

export function isMemoryClassMB(value: unknown): value is MemoryClassMB {
  return (MEMORY_CLASSES_MB as readonly unknown[]).includes(value);
}

/** MB that come with one whole vCPU on AWS Lambda. Source: AWS Lambda's developer guide, "Configure function memory". */
export const MB_PER_VCPU = 1_769;

/** Threads worth using for several algorithms of one read: as many as the class has vCPUs, begun ones included. */
export function hashThreads(memoryMB: MemoryClassMB): number {
  return Math.ceil(memoryMB / MB_PER_VCPU);
}

/** Objects below this size go to the 256 MB class, the others to 512 MB. */
export const SMALL_CLASS_BELOW_BYTES = 100_000_000;

/**
 * Chooses the class for an object: 256 MB below 100 MB, else 512 MB, the sweet spot of the measured table;
 * where that class has no worker, the next larger one that has, else the largest.
 *
 * @param served the classes that have workers; empty means all
 */
export function chooseMemoryClass(sizeBytes: number, served: readonly MemoryClassMB[] = []): MemoryClassMB {
  const preferred: MemoryClassMB = sizeBytes < SMALL_CLASS_BELOW_BYTES ? 256 : 512;
  const candidates = (served.length === 0 ? [...MEMORY_CLASSES_MB] : [...served]).sort((a, b) => a - b);
  return candidates.find((candidate) => candidate >= preferred) ?? candidates.at(-1) ?? preferred;
}

export const DEFAULT_TASK_QUEUE_PREFIX = 'midstate';

/** Task queue of the workflows and of the short activities (describe, publish). */
export function workflowTaskQueue(prefix: string = DEFAULT_TASK_QUEUE_PREFIX): string {
  return prefix;
}

/** Task queue of one memory class, e.g. `midstate-512`. */
export function hashTaskQueue(memoryMB: MemoryClassMB, prefix: string = DEFAULT_TASK_QUEUE_PREFIX): string {
  return `${prefix}-${String(memoryMB)}`;
}
