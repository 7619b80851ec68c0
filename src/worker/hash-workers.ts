import { Worker, type WorkerOptions, type WorkerTuner } from '@temporalio/worker';
import type { HashActivities } from '../../activities/index.js';
import { heartbeatTiming } from '../core/loss-bound.js';
import { hashTaskQueue, smallTaskQueue, type MemoryClass } from '../core/memory-classes.js';
import type { SlotKind, SlotPool } from './slot-pool.js';

export interface HashWorkerOptions {
  /** Options that both workers share. */
  readonly base: Pick<
    WorkerOptions,
    'connection' | 'namespace' | 'identity' | 'shutdownForceTime' | 'workerDeploymentOptions'
  >;
  readonly memory: MemoryClass;
  readonly taskQueuePrefix: string;
  readonly lossBoundSeconds: number;
  readonly activities: HashActivities;
  readonly slots: SlotPool;
  /** Adds what watches the workers. */
  readonly configure: (options: WorkerOptions) => WorkerOptions;
}

/** The two workers of a class, as `hashWorkerOptions` describes them. */
export async function createHashWorkers(options: HashWorkerOptions): Promise<Worker[]> {
  const { ranges, small } = hashWorkerOptions(options);
  return [await Worker.create(ranges), await Worker.create(small)];
}

/**
 * The options of a class's two workers, on one connection and one pool of slots: one for ranges, one for small objects.
 * Activities only, without a workflow sandbox: what fits the small classes. The first knows small objects too, for jobs
 * that were scheduled before they had a queue of their own.
 */
export function hashWorkerOptions(options: HashWorkerOptions): {
  readonly ranges: WorkerOptions;
  readonly small: WorkerOptions;
} {
  const { memory, taskQueuePrefix, activities } = options;
  const { hashRange, hashParts, hashSmallObject } = activities;
  return {
    ranges: optionsOf(options, 'range', {
      taskQueue: hashTaskQueue(memory.memoryMB, taskQueuePrefix),
      activities: { hashRange, hashParts, hashSmallObject },
    }),
    small: optionsOf(options, 'small', {
      taskQueue: smallTaskQueue(memory.memoryMB, taskQueuePrefix),
      activities: { hashSmallObject },
    }),
  };
}

function optionsOf(
  options: HashWorkerOptions,
  kind: SlotKind,
  queue: { readonly taskQueue: string; readonly activities: object },
): WorkerOptions {
  return options.configure({
    ...options.base,
    taskQueue: queue.taskQueue,
    activities: queue.activities,
    tuner: tunerOf(options.slots, kind),
    maxConcurrentActivityTaskPolls: options.memory.polls,
    maxHeartbeatThrottleInterval: heartbeatTiming(options.lossBoundSeconds).throttleMs,
    shutdownGraceTime: 0,
  });
}

/** Slots for activities from the pool; these workers run nothing else. */
function tunerOf(slots: SlotPool, kind: SlotKind): WorkerTuner {
  const unused = { type: 'fixed-size', numSlots: 1 } as const;
  return {
    activityTaskSlotSupplier: slots.supplier(kind),
    workflowTaskSlotSupplier: unused,
    localActivityTaskSlotSupplier: unused,
    nexusTaskSlotSupplier: unused,
  };
}
