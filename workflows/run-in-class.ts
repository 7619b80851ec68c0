import { ActivityFailure, ApplicationFailure, isCancellation, TimeoutFailure } from '@temporalio/workflow';
import type { HashRangeProgress, WorkerExpectation } from '../activities/index.js';
import type { Policy } from '../src/core/contracts.js';
import { describeMemoryClass, MEMORY_CLASSES_MB, type MemoryClassMB } from '../src/core/memory-classes.js';
import { nearestMemoryClass, nextMemoryClass } from '../src/core/routing.js';
import { controlOptions, findServedClasses } from './activity-proxies.js';
import type { ClassInUse } from './class-in-use.js';

/** A reading that two workers died of goes one class up. */
const GIVE_UP_AFTER_LOST = 2;

/** Default of `Policy.unservedAfterSeconds`. */
export const UNSERVED_AFTER_SECONDS = 300;

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

export interface Outcome<Result> {
  readonly result: Result;
  /** Attempts of the activities that ended without a result. */
  readonly earlierAttempts: number;
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
): Promise<Outcome<Result>> {
  let startWithinMs = (policy.unservedAfterSeconds ?? UNSERVED_AFTER_SECONDS) * 1_000;
  let mayGoUp = true;
  let progress: HashRangeProgress | undefined;
  let earlierAttempts = 0;
  for (;;) {
    const { memoryMB } = memory;
    const worker: WorkerExpectation = {
      memoryClass: describeMemoryClass(memoryMB),
      ...(mayGoUp && memoryMB < largestClassMB ? { giveUpAfterLost: GIVE_UP_AFTER_LOST } : {}),
    };
    try {
      const result = await run({ memoryMB, startWithinMs, worker, progress });
      return { result, earlierAttempts };
    } catch (error) {
      const end = endOf(error);
      if (end === undefined) throw error;
      earlierAttempts += attemptsOf(end.progress);
      progress = asEarlier(end) ?? progress;
      const served = await askServed(policy);
      if (memory.memoryMB !== memoryMB) continue; // another range of this job has moved it meanwhile
      if (end.kind === 'lost') {
        const next = nextMemoryClass(memoryMB, served ?? policy.servedMemoryClassesMB ?? MEMORY_CLASSES_MB);
        if (next === undefined) mayGoUp = false;
        else
          memory.moveTo(next, `${String(GIVE_UP_AFTER_LOST)} workers of ${String(memoryMB)} MB died of it`);
        continue;
      }
      const nearest = served === undefined ? memoryMB : nearestMemoryClass(memoryMB, served);
      if (nearest !== undefined && nearest !== memoryMB) {
        memory.moveTo(nearest, `no worker serves the ${String(memoryMB)} MB class`);
        continue;
      }
      // Served but busy: a task that waits longer than any before it must not lose its place for ever.
      startWithinMs =
        nearest === undefined ? Math.min(2 * startWithinMs, LONGEST_WAIT_MS) : 2 * startWithinMs;
    }
  }
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

function attemptsOf(progress: HashRangeProgress | undefined): number {
  return progress?.attempt ?? 0;
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
