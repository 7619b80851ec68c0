import { proxyActivities, type ActivityOptions } from '@temporalio/workflow';
import type { ControlActivities, HashActivities, RoutingActivities } from '../activities/index.js';
import type { Policy } from '../src/core/contracts.js';
import { heartbeatTiming } from '../src/core/loss-bound.js';
import { workflowTaskQueue } from '../src/core/memory-classes.js';

/** Faults that pass are waited out for as long as they last: a job ends by its object, not by an outage. */
const RETRY: NonNullable<ActivityOptions['retry']> = {
  initialInterval: '1s',
  backoffCoefficient: 2,
  maximumInterval: '30s',
};

/**
 * What fails says itself when to try again (`activities/application-failure.ts`). This is for workers that died, whose
 * readings must be with another one within the heartbeat timeout and two seconds, however many attempts there were.
 */
const RETRY_READING: NonNullable<ActivityOptions['retry']> = {
  initialInterval: '100ms',
  backoffCoefficient: 1,
};

/** A range may take ten minutes more than it would at 1 MB/s, far below any class's speed. */
function rangeTimeoutMs(rangeBytes: number): number {
  return 600_000 + Math.ceil(rangeBytes / 1_000);
}

export interface ReadingOptions {
  readonly taskQueue: string;
  readonly rangeBytes: number;
  readonly summary: string;
  /** Without a worker for so long the activity ends, not to be retried by itself: `run-in-class.ts` looks for another class. */
  readonly startWithinMs: number;
}

/** The wait for a worker is none of the time that trying may take. */
function giveUpAfter({ giveUpAfterSeconds }: Policy, startWithinMs: number): ActivityOptions {
  if (giveUpAfterSeconds === undefined) return {};
  return { scheduleToCloseTimeout: startWithinMs + giveUpAfterSeconds * 1_000 };
}

/**
 * Options of an activity that reads bytes, on a task queue of a memory class. The heartbeat timeout finds a dead
 * worker; `src/core/loss-bound.ts` derives it.
 */
export function readingOptions(policy: Policy, options: ReadingOptions): ActivityOptions {
  return {
    taskQueue: options.taskQueue,
    scheduleToStartTimeout: options.startWithinMs,
    ...giveUpAfter(policy, options.startWithinMs),
    startToCloseTimeout: rangeTimeoutMs(options.rangeBytes),
    heartbeatTimeout: heartbeatTiming(policy.lossBoundSeconds).heartbeatTimeoutMs,
    retry: RETRY_READING,
    summary: options.summary,
  };
}

/** Options of a short activity, on the workflows' own task queue: two minutes, and 0.1 s for each of many requests. */
export function controlOptions(policy: Policy, summary: string, requests = 0): ActivityOptions {
  return {
    taskQueue: workflowTaskQueue(policy.taskQueuePrefix),
    startToCloseTimeout: 120_000 + requests * 100,
    retry: RETRY,
    summary,
  };
}

/** The activities as the workflow calls them; options are given at each call. */
export const {
  hashRange,
  hashSmallObject,
  hashParts,
  describeObject,
  describeParts,
  publishDigests,
  restoreObject,
  findServedClasses,
} = proxyActivities<HashActivities & ControlActivities & RoutingActivities>({
  startToCloseTimeout: '2m',
  retry: RETRY,
});
