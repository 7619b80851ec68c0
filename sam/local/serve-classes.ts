import type { WorkflowService } from '@temporalio/client';
import {
  hashTaskQueue,
  isMemoryClassMB,
  memoryClass,
  smallTaskQueue,
} from '../../src/core/memory-classes.js';
import { readBacklog } from './backlog.js';
import type { ServedClass } from './backlog-invoker.js';
import type { OpenFunction } from './open-functions.js';

export interface ServerOfTasks {
  readonly connection: { readonly workflowService: WorkflowService };
  readonly namespace: string;
  readonly taskQueuePrefix: string;
}

/** The worker functions as an invoker serves them: each by the backlog of its class's two task queues. */
export function servedClasses(
  functions: ReadonlyMap<string, OpenFunction>,
  { connection, namespace, taskQueuePrefix }: ServerOfTasks,
): ServedClass[] {
  return [...functions.values()].flatMap(({ spec: { name, memoryMB }, local }) => {
    if (!name.startsWith('worker-') || !isMemoryClassMB(memoryMB)) return [];
    const queues = [hashTaskQueue(memoryMB, taskQueuePrefix), smallTaskQueue(memoryMB, taskQueuePrefix)];
    return {
      name,
      slots: memoryClass(memoryMB).slots,
      readBacklog: () => readBacklog(connection, namespace, queues),
      invoke: () => local.invoke({}),
    };
  });
}
