import { log } from '@temporalio/workflow';
import type { MemoryClassMB } from '../src/core/memory-classes.js';
import { showMemoryClass } from './job-visibility.js';

/** The memory class that a job's bytes are read in: chosen by routing, moved by what befalls its workers. */
export interface ClassInUse {
  readonly memoryMB: MemoryClassMB;
  /** True once it is no longer the class first chosen. */
  readonly hasMoved: boolean;
  /** Goes on in another class, for all that is still to be read; visible in the log, the details and `MemoryClass`. */
  moveTo(memoryMB: MemoryClassMB, reason: string): void;
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
    moveTo(memoryMB, reason) {
      log.warn('the job goes on in another memory class', { from: state.memoryMB, to: memoryMB, reason });
      showMemoryClass(memoryMB, `${reason}: the ${String(memoryMB)} MB class goes on`);
      state.memoryMB = memoryMB;
      state.hasMoved = true;
    },
  };
}
