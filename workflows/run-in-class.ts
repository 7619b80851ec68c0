import { ActivityFailure, ApplicationFailure, isCancellation, TimeoutFailure } from '@temporalio/workflow';
import type { HashRangeProgress, WorkerExpectation } from '../activities/index.js';
import type { Policy } from '../src/core/contracts.js';
import { describeMemoryClass, MEMORY_CLASSES_MB, type MemoryClassMB } from '../src/core/memory-classes.js';
import { DEFAULT_UNSERVED_AFTER_SECONDS, nearestMemoryClass, nextMemoryClass } from '../src/core/routing.js';
import { controlOptions, findServedClasses } from './activity-proxies.js';
import type { ClassInUse } from './class-in-use.js';

/** A reading that two workers died of goes one class up. */
const GIVE_UP_AFTER_LOST = 2;

/** Where no class is served at all, so often at least is looked again: 44 history events a day. */
const LONGEST_WAIT_MS = 6 * 3_600_000;

/** How one activity is to be run. */
export interface Attempt {
  readonly memoryMB: MemoryClassMB;
  readonly startWithinMs: number;
  readonly worker: WorkerExpectation;
  /** Where the activities before it left the work. */
  readonly progress: HashRangeProgress | undefined;
}

export interface ClassResult<Result> {
  readonly result: Result;
  /** Attempts of the activities that ended without a result. */
  readonly earlierAttempts: number;
}

/** How the work stands between two of its activities. */
interface Standing {
  startWithinMs: number;
  /** False once it is known that no larger class is served. */
  mayGoUp: boolean;
  progress: HashRangeProgress | undefined;
  earlierAttempts: number;
}

/**
 * Runs an activity that reads bytes in the job's memory class, and moves the job to another class where that one
 * cannot do it: one up after two workers died of it, the nearest that is served where its own is not. Faults that pass
 * are none of its business: the server retries them for as long as they last, without history. ADR 0016 has the reasons.
 */
export async function runInClass<Result>(
  policy: Policy,
  memory: ClassInUse,
  run: (attempt: Attempt) => Promise<Result>,
): Promise<ClassResult<Result>> {
  const standing: Standing = {
    startWithinMs: (policy.unservedAfterSeconds ?? DEFAULT_UNSERVED_AFTER_SECONDS) * 1_000,
    mayGoUp: true,
    progress: undefined,
    earlierAttempts: 0,
  };
  for (;;) {
    const { memoryMB } = memory;
    const { startWithinMs, progress, earlierAttempts } = standing;
    const worker: WorkerExpectation = {
      memoryClass: describeMemoryClass(memoryMB),
      ...(standing.mayGoUp && memoryMB < largestClassMB ? { giveUpAfterLost: GIVE_UP_AFTER_LOST } : {}),
    };
    try {
      return { result: await run({ memoryMB, startWithinMs, worker, progress }), earlierAttempts };
    } catch (error) {
      const end = endOf(error);
      if (end === undefined) throw error;
      standing.earlierAttempts += end.progress?.attempt ?? 0;
      standing.progress = asEarlier(end) ?? progress;
      const served = await askServed(policy);
      if (memory.memoryMB !== memoryMB) continue; // another range of this job has moved it meanwhile
      if (end.kind === 'lost')
        goUp(memory, standing, served ?? policy.servedMemoryClassesMB ?? MEMORY_CLASSES_MB);
      else goWhereServed(memory, standing, served);
    }
  }
}

function goUp(memory: ClassInUse, standing: Standing, served: readonly MemoryClassMB[]): void {
  const next = nextMemoryClass(memory.memoryMB, served);
  if (next === undefined) standing.mayGoUp = false;
  else
    memory.moveTo(next, `${String(GIVE_UP_AFTER_LOST)} workers of ${String(memory.memoryMB)} MB died of it`);
}

/** @param served undefined where it is not known */
function goWhereServed(
  memory: ClassInUse,
  standing: Standing,
  served: readonly MemoryClassMB[] | undefined,
): void {
  const { memoryMB } = memory;
  const nearest = served === undefined ? memoryMB : nearestMemoryClass(memoryMB, served);
  const doubled = 2 * standing.startWithinMs;
  if (nearest === undefined) standing.startWithinMs = Math.min(doubled, LONGEST_WAIT_MS);
  // Served but busy: work at a queue's end must wait longer each time, or a long queue would never come to it.
  else if (nearest === memoryMB) standing.startWithinMs = doubled;
  else memory.moveTo(nearest, `no worker serves the ${String(memoryMB)} MB class`);
}

const largestClassMB = Math.max(...MEMORY_CLASSES_MB);

interface End {
  readonly kind: 'lost' | 'not-started';
  readonly progress: HashRangeProgress | undefined;
}

/** How an activity ended that another class may save; undefined for every other end. */
function endOf(error: unknown): End | undefined {
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
function asEarlier({ progress }: End): HashRangeProgress | undefined {
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
