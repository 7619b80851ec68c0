import { continueAsNew } from '@temporalio/workflow';
import type { Digests, ReadStats } from '../activities/index.js';
import type {
  Checkpoint,
  HashObjectInput,
  HashObjectResult,
  HashStats,
  ObjectDescription,
  PartsProgress,
  Proof,
  SinkReceipt,
} from '../src/core/contracts.js';
import type { MemoryClassMB } from '../src/core/memory-classes.js';
import type { RestoreReport } from '../src/core/restore.js';
import { chooseMemoryClass, classFor } from '../src/core/routing.js';
import { createClassInUse, type ClassInUse } from './class-in-use.js';
import type { Hold } from './hold.js';
import { createJobControls } from './job-controls.js';
import { createProgressBoard, type ProgressBoard } from './job-visibility.js';

/** Ranges after which the workflow continues as new: 2,400 history events of 51,200. */
const RANGES_PER_RUN = 400;

/** The durable state of a job, for the failure that may end it and for the run that may continue it. */
export interface Job {
  readonly input: HashObjectInput;
  readonly board: ProgressBoard;
  readonly hold: Hold;
  /** Set once bytes are read; see `classInUse`. */
  memory: ClassInUse | undefined;
  /** The class that an operator, or what befell an earlier run, moved the job to. */
  movedToMB: MemoryClassMB | undefined;
  stats: HashStats;
  checkpoint: Checkpoint | undefined;
  /** 1 for the first reading of the object's bytes. */
  reading: number;
  /** Ranges, and batches of parts, that this run may still hash. */
  rangesLeft: number;
  /** Set while parts are recomputed. */
  parts: PartsProgress | undefined;
  /** True once a restore was waited for: an object that is archived again is not restored twice. */
  wasArchived: boolean;
  restored: RestoreReport | undefined;
  /** For the result: what was asked for and could not be had. */
  notes: readonly string[];
}

/** What a reading that reached the object's end brings. */
export interface Hashed {
  readonly object: HashObjectInput['object'];
  readonly digests: Digests;
  readonly proof: Proof;
  readonly published: readonly SinkReceipt[];
}

/** The job as its first run finds it, or as the run before left it. */
export function createJob(input: HashObjectInput): Job {
  const { continued } = input;
  const job: Omit<Job, 'hold'> = {
    input,
    board: createProgressBoard(),
    memory: undefined,
    movedToMB: continued?.memoryClassMB,
    stats: continued?.stats ?? emptyStats(),
    checkpoint: input.resumeFrom,
    reading: continued?.reading ?? 1,
    rangesLeft: rangesPerRun(input),
    parts: continued?.parts,
    wasArchived: continued?.restored !== undefined,
    restored: continued?.restored,
    notes: continued?.notes ?? [],
  };
  return Object.assign(job, { hold: createJobControls(job, continued?.isPaused === true) });
}

/** After a reading that brought other bytes than S3 holds: nothing of it is kept, and this run's share begins anew. */
export function startOver(job: Job): void {
  job.reading++;
  job.checkpoint = undefined;
  job.parts = undefined;
  job.rangesLeft = rangesPerRun(job.input);
}

/** Notes for the result what was asked for and could not be had; a run that continues another says it no second time. */
export function noteOnce(job: Job, note: string): void {
  if (!job.notes.includes(note)) job.notes = [...job.notes, note];
}

/** The memory class that the object is hashed in: as it was chosen for its size, or as the job has moved meanwhile. */
export function classInUse(job: Job, sizeBytes: number): ClassInUse {
  const { input, movedToMB } = job;
  job.memory ??= createClassInUse(movedToMB ?? classFor(input.policy, sizeBytes), movedToMB !== undefined);
  return job.memory;
}

/** Adds what one activity reported to the job's sum. */
export function addReadStats(job: Job, read: ReadStats): void {
  const { stats, memory } = job;
  job.stats = {
    ...stats,
    memoryClassMB: memory?.memoryMB ?? stats.memoryClassMB,
    bytesRead: stats.bytesRead + read.bytesRead,
    bytesReadTwice: stats.bytesReadTwice + read.bytesReadTwice,
    lostAttempts: stats.lostAttempts + read.lostAttempts,
    attempts: stats.attempts + read.attempts,
    ranges: stats.ranges + 1,
  };
}

/** Ends this run; another one goes on from the job's state, with an empty history. */
export async function continueInNewRun(job: Job, description: ObjectDescription): Promise<never> {
  const { input, stats, checkpoint, reading, parts, memory, hold, restored, notes } = job;
  const { resumeFrom: _, ...rest } = input;
  return await continueAsNew<(input: HashObjectInput) => Promise<HashObjectResult>>({
    ...rest,
    object: description.object,
    ...(checkpoint === undefined ? {} : { resumeFrom: checkpoint }),
    continued: {
      description,
      stats,
      reading,
      ...(parts === undefined ? {} : { parts }),
      ...(memory?.hasMoved === true ? { memoryClassMB: memory.memoryMB } : {}),
      ...(hold.isHeld ? { isPaused: true } : {}),
      ...(restored === undefined ? {} : { restored }),
      ...(notes.length === 0 ? {} : { notes }),
    },
  });
}

function rangesPerRun({ policy }: HashObjectInput): number {
  return policy?.rangesPerRun ?? RANGES_PER_RUN;
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
