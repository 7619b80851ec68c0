import { log } from '@temporalio/workflow';
import type { MoveCause } from '../src/core/job-metrics.js';
import type { LogFacts } from '../src/core/log-facts.js';
import type { MemoryClassMB } from '../src/core/memory-classes.js';
import { countMove } from './job-metrics.js';
import { showMemoryClass } from './job-visibility.js';

/** The memory class that a job's bytes are read in: chosen by routing, moved by what befalls its workers. */
export interface ClassInUse {
  readonly memoryMB: MemoryClassMB;
  /** True once it is no longer the class first chosen. */
  readonly hasMoved: boolean;
  /**
   * Goes on in another class, for all that is still to be read; visible in the log, the details, `MemoryClass` and the
   * metrics.
   */
  moveTo(memoryMB: MemoryClassMB, cause: MoveCause, reason: string): void;
}

/** @param hasMoved whether an earlier run of the job has moved it already */
export function createClassInUse(chosen: MemoryClassMB, hasMoved = false): ClassInUse {
  const state = { memoryMB: chosen, hasMoved };
  return {
    get memoryMB() {
      return state.memoryMB;
    },
    get hasMoved() {
      return state.hasMoved;
    },
    moveTo(memoryMB, cause, reason) {
      log.warn('the job goes on in another memory class', {
        memoryClassMB: memoryMB,
        reason,
      } satisfies LogFacts);
      showMemoryClass(memoryMB, `${reason}: the ${String(memoryMB)} MB class goes on`);
      countMove(cause);
      state.memoryMB = memoryMB;
      state.hasMoved = true;
    },
  };
}
