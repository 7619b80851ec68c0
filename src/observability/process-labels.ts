import type { MemoryClassMB } from '../core/memory-classes.js';

/** Which process it is, as labels of its metrics and in the name of its service. */
export interface ProcessLabels {
  readonly role: 'worker' | 'workflows' | 'worker+workflows' | 'poller' | 'bridge';
  /** In MB; of a process that hashes. */
  readonly memory_class?: string;
}

/** The labels of a worker with these roles. */
export function workerLabels(memoryMB: MemoryClassMB | undefined, runsWorkflows: boolean): ProcessLabels {
  if (memoryMB === undefined) return { role: 'workflows' };
  return { role: runsWorkflows ? 'worker+workflows' : 'worker', memory_class: String(memoryMB) };
}
