import {
  ActivityFailure,
  ApplicationFailure,
  isCancellation,
  TimeoutFailure,
  type ActivityOptions,
} from '@temporalio/workflow';
import type { HashRangeProgress, ReadStats, WorkerExpectation } from '../activities/index.js';
import type { HashObjectInput, Policy } from '../src/core/contracts.js';
import { describeMemoryClass, MEMORY_CLASSES_MB, type MemoryClassMB } from '../src/core/memory-classes.js';
import { DEFAULT_UNSERVED_AFTER_SECONDS, nearestMemoryClass, nextMemoryClass } from '../src/core/routing.js';
import { controlOptions, findServedClasses, readingOptions } from './activity-proxies.js';
import type { ClassInUse } from './class-in-use.js';
import type { Hold } from './hold.js';

/** A reading that two workers died of goes one class up. */
const GIVE_UP_AFTER_LOST = 2;

/** Where no class is served at all, so often at least is looked again: 44 history events a day. */
const LONGEST_WAIT_MS = 6 * 3_600_000;

/** What an activity is to read. */
export interface Reading {
  /** Which of a class's task queues it is for. */
  readonly taskQueue: (memoryMB: MemoryClassMB, prefix?: string) => string;
  readonly sizeBytes: number;
  /** What the Web UI's timeline calls it. */
  readonly title: (memoryMB: MemoryClassMB) => string;
}

/** What the activity is to be told besides its input. */
export interface Given<Progress> {
  readonly worker: WorkerExpectation;
  /** Where the activities before it left the work. */
  readonly progress?: Progress;
}

/** What of a job the running of its activities depends on. */
export interface OperatedJob {
  readonly input: Pick<HashObjectInput, 'policy'>;
  readonly hold: Hold;
}

/** How the work stands between two of its activities. */
interface Standing<Progress> {
  startWithinMs: number;
  /** False once it is known that no larger class is served. */
  mayGoUp: boolean;
  progress: Progress | undefined;
  /** Of the activities that ended without a result. */
  earlierAttempts: number;
}

/**
 * Runs an activity that reads bytes in the job's memory class, and moves the job to another class where that one
 * cannot do it: one up after two workers died of it, the nearest that is served where its own is not. Faults that pass
 * are none of its business: the server retries them for as long as they last, without history. ADR 0016 has the reasons.
 *
 * While an operator holds the job, nothing more is begun. Six history events; a move adds thirteen.
 */
export async function runInClass<
  Result extends { readonly stats: ReadStats },
  Progress extends HashRangeProgress = HashRangeProgress,
>(
  job: OperatedJob,
  memory: ClassInUse,
  reading: Reading,
  run: (options: ActivityOptions, given: Given<Progress>) => Promise<Result>,
): Promise<Result> {
  const { hold, input } = job;
  const { policy = {} } = input;
  const standing: Standing<Progress> = {
    startWithinMs: (policy.unservedAfterSeconds ?? DEFAULT_UNSERVED_AFTER_SECONDS) * 1_000,
    mayGoUp: true,
    progress: undefined,
    earlierAttempts: 0,
  };
  for (;;) {
    if (hold.isHeld) await hold.released();
    const { memoryMB } = memory;
    try {
      const options = optionsFor(policy, memoryMB, reading, standing.startWithinMs);
      return withAttempts(await run(options, givenFor(memoryMB, standing)), standing.earlierAttempts);
    } catch (error) {
      const end = endOf(error) as End<Progress> | undefined; // the same activity wrote it
      if (end === undefined) throw error;
      standing.earlierAttempts += end.progress?.attempt ?? 0;
      standing.progress = asEarlier(end) ?? standing.progress;
      const served = await askServed(policy);
      if (memory.memoryMB !== memoryMB) continue; // another range of this job has moved it meanwhile
      if (end.kind === 'lost')
        goUp(memory, standing, served ?? policy.servedMemoryClassesMB ?? MEMORY_CLASSES_MB);
      else goWhereServed(memory, standing, served);
    }
  }
}

function optionsFor(
  policy: Policy,
  memoryMB: MemoryClassMB,
  { taskQueue, sizeBytes, title }: Reading,
  startWithinMs: number,
): ActivityOptions {
  return readingOptions(policy, {
    taskQueue: taskQueue(memoryMB, policy.taskQueuePrefix),
    rangeBytes: sizeBytes,
    summary: title(memoryMB),
    startWithinMs,
  });
}

function givenFor<Progress>(
  memoryMB: MemoryClassMB,
  { mayGoUp, progress }: Standing<Progress>,
): Given<Progress> {
  const giveUp = mayGoUp && memoryMB < largestClassMB ? { giveUpAfterLost: GIVE_UP_AFTER_LOST } : {};
  return {
    worker: { memoryClass: describeMemoryClass(memoryMB), ...giveUp },
    ...(progress === undefined ? {} : { progress }),
  };
}

function withAttempts<Result extends { readonly stats: ReadStats }>(result: Result, earlier: number): Result {
  return { ...result, stats: { ...result.stats, attempts: result.stats.attempts + earlier } };
}

function goUp(memory: ClassInUse, standing: Standing<unknown>, served: readonly MemoryClassMB[]): void {
  const next = nextMemoryClass(memory.memoryMB, served);
  if (next === undefined) standing.mayGoUp = false;
  else
    memory.moveTo(
      next,
      'WorkerLost',
      `${String(GIVE_UP_AFTER_LOST)} workers of ${String(memory.memoryMB)} MB died of it`,
    );
}

/** @param served undefined where it is not known */
function goWhereServed(
  memory: ClassInUse,
  standing: Standing<unknown>,
  served: readonly MemoryClassMB[] | undefined,
): void {
  const { memoryMB } = memory;
  const nearest = served === undefined ? memoryMB : nearestMemoryClass(memoryMB, served);
  const doubled = 2 * standing.startWithinMs;
  if (nearest === undefined) standing.startWithinMs = Math.min(doubled, LONGEST_WAIT_MS);
  // Served but busy: work at a queue's end must wait longer each time, or a long queue would never come to it.
  else if (nearest === memoryMB) standing.startWithinMs = doubled;
  else memory.moveTo(nearest, 'NotServed', `no worker serves the ${String(memoryMB)} MB class`);
}

const largestClassMB = Math.max(...MEMORY_CLASSES_MB);

interface End<Progress> {
  readonly kind: 'lost' | 'not-started';
  readonly progress: Progress | undefined;
}

/** How an activity ended that another class may save; undefined for every other end. */
function endOf(error: unknown): End<HashRangeProgress> | undefined {
  if (!(error instanceof ActivityFailure) || isCancellation(error)) return undefined;
  const { cause } = error;
  if (cause instanceof ApplicationFailure && cause.type === 'WorkerLost') {
    return { kind: 'lost', progress: tryProgress(cause.details?.[1]) };
  }
  if (cause instanceof TimeoutFailure && cause.timeoutType === 'SCHEDULE_TO_START') {
    return { kind: 'not-started', progress: tryProgress(cause.lastHeartbeatDetails) };
  }
  return undefined;
}

/** Only what is counted here is looked at: the activity itself checks the checkpoint before it goes on from it. */
function tryProgress(details: unknown): HashRangeProgress | undefined {
  const progress = details as Partial<HashRangeProgress> | null | undefined;
  return typeof progress?.attempt === 'number' && typeof progress.lostAttempts === 'number'
    ? (progress as HashRangeProgress)
    : undefined;
}

/** As the last word of an attempt before the first. What was not handed on was lost. */
function asEarlier<Progress extends HashRangeProgress>({ progress }: End<Progress>): Progress | undefined {
  if (progress === undefined) return undefined;
  const lostAttempts = progress.lostAttempts + (progress.handedOn ? 0 : 1);
  return { ...progress, lostAttempts, attempt: 0, handedOn: true };
}

/** Which classes have workers now; undefined where the server does not tell. */
async function askServed(policy: Policy): Promise<readonly MemoryClassMB[] | undefined> {
  const options = controlOptions(policy, 'which memory classes are served');
  const { taskQueuePrefix } = policy;
  try {
    const { servedMemoryClassesMB } = await findServedClasses.executeWithOptions(
      { ...options, retry: { ...options.retry, maximumAttempts: 3 } },
      [taskQueuePrefix === undefined ? {} : { taskQueuePrefix }],
    );
    return servedMemoryClassesMB;
  } catch (error) {
    if (isCancellation(error)) throw error;
    return undefined;
  }
}
