import type { Digests } from '../activities/index.js';
import type { Checkpoint, HashObjectInput, HashStats, Proof, SinkReceipt } from '../src/core/contracts.js';
import { chooseMemoryClass, type MemoryClassMB } from '../src/core/memory-classes.js';
import { createProgressBoard, type ProgressBoard } from './job-visibility.js';

/** The durable state of a job, for the failure that may end it. */
export interface Job {
  readonly input: HashObjectInput;
  readonly board: ProgressBoard;
  stats: HashStats;
  checkpoint: Checkpoint | undefined;
  /** 1 for the first reading of the object's bytes. */
  reading: number;
}

/** What a reading that reached the object's end brings. */
export interface Hashed {
  readonly object: HashObjectInput['object'];
  readonly digests: Digests;
  readonly proof: Proof;
  readonly published: readonly SinkReceipt[];
  readonly stats: HashStats;
}

/** The job as its first run finds it, or as the run before left it. */
export function createJob(input: HashObjectInput): Job {
  const { continued } = input;
  return {
    input,
    board: createProgressBoard(),
    stats: continued?.stats ?? emptyStats(),
    checkpoint: input.resumeFrom,
    reading: continued?.reading ?? 1,
  };
}

/** The memory class that the object is hashed in. */
export function classFor({ policy }: HashObjectInput, sizeBytes: number): MemoryClassMB {
  return policy?.memoryClassMB ?? chooseMemoryClass(sizeBytes, policy?.servedMemoryClassesMB);
}

function emptyStats(): HashStats {
  return {
    bytesRead: 0,
    bytesReadTwice: 0,
    lostAttempts: 0,
    ranges: 0,
    attempts: 0,
    memoryClassMB: chooseMemoryClass(0),
    startedAt: new Date().toISOString(),
    finishedAt: '',
  };
}
