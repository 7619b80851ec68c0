import { MidstateError } from './failures.js';

/** Worker sizes in MB. Each has MB/1769 of a vCPU, as AWS Lambda gives it. */
export const MEMORY_CLASSES_MB = [128, 256, 512, 1024, 2048] as const;

export type MemoryClassMB = (typeof MEMORY_CLASSES_MB)[number];

/** MB that come with one whole vCPU on AWS Lambda. Source: AWS Lambda's developer guide, "Configure function memory". */
export const MB_PER_VCPU = 1_769;

/** A worker that uses so much of its memory takes no new work … */
export const MEMORY_HIGH = 0.85;

/** Measured: an idle worker's group counts 51 to 58 MB, and the largest class no more. */
const IDLE_MB = 60;

/** What an object may cost while it is hashed, besides its connections: mostly what V8 has not collected yet. */
const OBJECT_MB = 8;

/** What a connection may cost: its buffer of a MB, and what waits in its socket. */
const CONNECTION_MB = 2;

/** Small objects and ranges must each have one. */
const FEWEST_SLOTS = 2;

/** More objects at once share one vCPU and make each other late. */
const MOST_SLOTS = 16;

/** A chunk under way may take so long to its end when a worker is told to stop (`activities/stop-signal.ts`). */
export const HAND_OVER_SECONDS = 3;

/** What is chosen for a class; the rest of `MemoryClass` follows from it. */
interface Row {
  /** Bytes of one ranged GET; a multiple of 128. */
  readonly chunkSizeBytes: number;
  /** Bytes one activity hashes of an object up to 400 GB; `rangeSizeBytes` in ranges.ts has the rule for larger ones. */
  readonly baseRangeBytes: number;
  /** Most memory, for all objects of a worker together, that chunks are read ahead into; it is taken when first needed. */
  readonly readAheadBytes: number;
  /** V8's `--max-old-space-size`. */
  readonly maxOldSpaceMB: number;
  /** V8's `--max-semi-space-size`: the young generation is three of these. */
  readonly maxSemiSpaceMB: number;
  /** What the class hashes per second on AWS Lambda (lower end of the measured table), used to bound a range's time. */
  readonly megabytesPerSecond: number;
}

export interface MemoryClass extends Row {
  readonly memoryMB: MemoryClassMB;
  /** GETs of one object under way at once; 2: the next chunk is asked for while the one before it arrives. */
  readonly connectionsPerObject: number;
  /** Part of one CPU. */
  readonly cpuShare: number;
  /** Objects one worker hashes at once. */
  readonly slots: number;
  /** Of these, slots that only objects of one chunk or less may take. */
  readonly slotsForSmall: number;
  /** Polls under way at once for each of the class's two task queues; each holds a slot. */
  readonly polls: number;
  /** Largest chunk the class reads within the time that a graceful stop gives it. */
  readonly maxChunkSizeBytes: number;
  /** Sockets for requests other than ranged reads: one a slot to read from, one to publish. */
  readonly connections: number;
}

const GB = 1_000_000_000;

/** The one table of classes; docs/memory-classes.md says where each figure comes from. */
const ROWS: Readonly<Record<MemoryClassMB, Row>> = {
  128: {
    chunkSizeBytes: 10_000_000,
    baseRangeBytes: GB,
    readAheadBytes: 0,
    maxOldSpaceMB: 48,
    maxSemiSpaceMB: 2,
    megabytesPerSecond: 15,
  },
  256: {
    chunkSizeBytes: 20_000_000,
    baseRangeBytes: GB,
    readAheadBytes: 40_000_000,
    maxOldSpaceMB: 96,
    maxSemiSpaceMB: 4,
    megabytesPerSecond: 40,
  },
  512: {
    chunkSizeBytes: 20_000_000,
    baseRangeBytes: GB,
    readAheadBytes: 120_000_000,
    maxOldSpaceMB: 192,
    maxSemiSpaceMB: 4,
    megabytesPerSecond: 70,
  },
  1024: {
    chunkSizeBytes: 20_000_000,
    baseRangeBytes: GB,
    readAheadBytes: 300_000_000,
    maxOldSpaceMB: 384,
    maxSemiSpaceMB: 8,
    megabytesPerSecond: 70,
  },
  2048: {
    chunkSizeBytes: 20_000_000,
    baseRangeBytes: GB,
    readAheadBytes: 600_000_000,
    maxOldSpaceMB: 768,
    maxSemiSpaceMB: 8,
    megabytesPerSecond: 70,
  },
};

/** The next chunk is asked for while the one before it arrives; docs/read-ahead.md says when more help. */
const USUAL_CONNECTIONS = 2;

/** @param connectionsPerObject more than usual, where a worker was told so: each object then costs more, and fewer fit */
export function memoryClass(memoryMB: MemoryClassMB, connectionsPerObject = USUAL_CONNECTIONS): MemoryClass {
  const row = ROWS[memoryMB];
  const objectMB = OBJECT_MB + CONNECTION_MB * connectionsPerObject;
  const slots = Math.min(Math.floor(roomForObjectsMB(memoryMB) / objectMB), MOST_SLOTS);
  const slotsForSmall = Math.max(1, Math.floor(slots / 4));
  return {
    ...row,
    memoryMB,
    connectionsPerObject,
    cpuShare: memoryMB / MB_PER_VCPU,
    slots,
    slotsForSmall,
    polls: slotsForSmall, // so that idle polls for small objects hold no slot that ranges may have
    maxChunkSizeBytes: HAND_OVER_SECONDS * row.megabytesPerSecond * 1_000_000,
    connections: 2 * slots,
  };
}

/** What objects may use together before the worker counts as full. */
function roomForObjectsMB(memoryMB: MemoryClassMB): number {
  return MEMORY_HIGH * memoryMB - IDLE_MB - ROWS[memoryMB].readAheadBytes / 1_000_000;
}

/** Threads worth using for several algorithms of one read: as many as the class has vCPUs, begun ones included. */
export function hashThreads(memoryMB: MemoryClassMB): number {
  return Math.ceil(memoryMB / MB_PER_VCPU);
}

export function isMemoryClassMB(value: unknown): value is MemoryClassMB {
  return (MEMORY_CLASSES_MB as readonly unknown[]).includes(value);
}

/**
 * The class in one line, the same in every process whose table is the same: what a range asks for and what its worker
 * has are compared by it.
 */
export function describeMemoryClass(memoryMB: MemoryClassMB): string {
  const memory = memoryClass(memoryMB);
  return [
    `${String(memoryMB)} MB`,
    `chunk ${String(memory.chunkSizeBytes)}`,
    `range ${String(memory.baseRangeBytes)}`,
    `slots ${String(memory.slots)}`,
    `for small ${String(memory.slotsForSmall)}`,
    `read ahead ${String(memory.readAheadBytes)}`,
    `MB/s ${String(memory.megabytesPerSecond)}`,
  ].join(', ');
}

/**
 * Checks a worker's chunk size against its class.
 * @param megabytesPerSecond where the class was measured, in the place of the table's
 * @throws MidstateError InvalidInput, not retried
 */
export function checkChunkFits(
  chunkSizeBytes: number,
  memoryMB: MemoryClassMB,
  megabytesPerSecond = ROWS[memoryMB].megabytesPerSecond,
): number {
  const { chunkSizeBytes: usual } = ROWS[memoryMB];
  const maxChunkSizeBytes = HAND_OVER_SECONDS * megabytesPerSecond * 1_000_000;
  if (chunkSizeBytes <= maxChunkSizeBytes) return chunkSizeBytes;
  throw new MidstateError(
    'InvalidInput',
    `chunk size: a chunk of ${String(chunkSizeBytes)} bytes does not fit the ${String(memoryMB)} MB class: expected at most ` +
      `${String(maxChunkSizeBytes)}, what the class reads in the ${String(HAND_OVER_SECONDS)} s that a stop gives a chunk; use ` +
      `${String(usual)}, or a larger class`,
  );
}

/**
 * Checks a worker's connections for each object against its class.
 * @throws MidstateError InvalidInput, not retried
 */
export function checkConnectionsFit(connectionsPerObject: number, memoryMB: MemoryClassMB): number {
  const most = Math.floor((roomForObjectsMB(memoryMB) / FEWEST_SLOTS - OBJECT_MB) / CONNECTION_MB);
  if (connectionsPerObject <= most) return connectionsPerObject;
  throw new MidstateError(
    'InvalidInput',
    `connections: ${String(connectionsPerObject)} for each object do not fit the ${String(memoryMB)} MB class: expected at most ` +
      `${String(most)}, so that it has room for ${String(FEWEST_SLOTS)} objects; use ${String(USUAL_CONNECTIONS)}, or a larger class`,
  );
}

export const DEFAULT_TASK_QUEUE_PREFIX = 'midstate';

/** Task queue of the workflows and of the short activities (describe, publish). */
export function workflowTaskQueue(prefix: string = DEFAULT_TASK_QUEUE_PREFIX): string {
  return prefix;
}

/** Task queue of one memory class, e.g. `midstate-512`: ranges of large objects. */
export function hashTaskQueue(memoryMB: MemoryClassMB, prefix: string = DEFAULT_TASK_QUEUE_PREFIX): string {
  return `${prefix}-${String(memoryMB)}`;
}

/** Task queue of the class's objects of one chunk or less, e.g. `midstate-512-small`: slots are kept for it. */
export function smallTaskQueue(memoryMB: MemoryClassMB, prefix: string = DEFAULT_TASK_QUEUE_PREFIX): string {
  return `${hashTaskQueue(memoryMB, prefix)}-small`;
}
