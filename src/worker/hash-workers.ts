import { Worker, type NativeConnection, type WorkerTuner } from '@temporalio/worker';
import type { HashActivities } from '../../activities/index.js';
import { heartbeatTiming } from '../core/loss-bound.js';
import { hashTaskQueue, memoryClass, smallTaskQueue, type MemoryClassMB } from '../core/memory-classes.js';
import type { SlotKind, SlotPool } from './slot-pool.js';

export interface HashWorkerOptions {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly identity: string;
  readonly memoryMB: MemoryClassMB;
  readonly taskQueuePrefix: string;
  readonly lossBoundSeconds: number;
  readonly activities: HashActivities;
  readonly slots: SlotPool;
  /** After a shutdown is asked for, activities may take so long to hand on their midstates. */
  readonly shutdownForceTime: string;
}

/**
 * The two workers of a class, on one connection and one pool of slots: one for ranges, one for small objects. Activities
 * only, without a workflow sandbox: what fits the small classes. The first knows small objects too, for jobs that were
 * scheduled before they had a queue of their own.
 */
export async function createHashWorkers(options: HashWorkerOptions): Promise<Worker[]> {
  const { memoryMB, taskQueuePrefix, activities } = options;
  const { hashSmallObject } = activities;
  const { slotsForSmall } = memoryClass(memoryMB);
  return [
    await createWorker(options, 'range', {
      taskQueue: hashTaskQueue(memoryMB, taskQueuePrefix),
      activities,
      polls: 1,
    }),
    await createWorker(options, 'small', {
      taskQueue: smallTaskQueue(memoryMB, taskQueuePrefix),
      activities: { hashSmallObject },
      polls: Math.min(2, slotsForSmall), // more would hold slots that ranges could use
    }),
  ];
}

async function createWorker(
  options: HashWorkerOptions,
  kind: SlotKind,
  queue: { readonly taskQueue: string; readonly activities: object; readonly polls: number },
): Promise<Worker> {
  return await Worker.create({
    connection: options.connection,
    namespace: options.namespace,
    identity: options.identity,
    taskQueue: queue.taskQueue,
    activities: queue.activities,
    tuner: tunerOf(options.slots, kind),
    maxConcurrentActivityTaskPolls: queue.polls,
    maxHeartbeatThrottleInterval: heartbeatTiming(options.lossBoundSeconds).throttleMs,
    shutdownGraceTime: 0,
    shutdownForceTime: options.shutdownForceTime,
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
