import { ApplicationFailure, defineQuery, defineUpdate, setHandler } from '@temporalio/workflow';
import type { Checkpoint } from '../src/core/contracts.js';
import { CHECKPOINT_QUERY, ESCALATE_UPDATE } from '../src/core/job-controls.js';
import { isMemoryClassMB, MEMORY_CLASSES_MB, type MemoryClassMB } from '../src/core/memory-classes.js';
import type { ClassInUse } from './class-in-use.js';
import { showPause } from './job-visibility.js';
import { createHold, type Hold } from './hold.js';

/** What operators may do to a job, and ask of it. */
interface Operated {
  readonly checkpoint: Checkpoint | undefined;
  readonly memory: ClassInUse | undefined;
  /** The class to begin in, where one was asked for before anything was read. */
  movedToMB: MemoryClassMB | undefined;
}

/**
 * Answers the signals `pause` and `resume`, the update `escalate` and the query `checkpoint`. What is under way goes on
 * to its end: the command line moves or pauses the activity itself.
 */
export function createJobControls(job: Operated, wasHeld: boolean): Hold {
  setHandler(defineQuery<Checkpoint | null>(CHECKPOINT_QUERY), () => job.checkpoint ?? null, {
    description: 'The newest checkpoint that a replay could go on from.',
  });
  setHandler(
    defineUpdate<MemoryClassMB, [MemoryClassMB]>(ESCALATE_UPDATE),
    (memoryMB) => {
      escalate(job, memoryMB);
      return job.memory?.memoryMB ?? memoryMB;
    },
    {
      description: 'Go on in this memory class (MB) with what is still to be read.',
      validator: requireMemoryClass,
    },
  );
  return createHold(wasHeld, showPause);
}

function escalate(job: Operated, memoryMB: MemoryClassMB): void {
  job.movedToMB = memoryMB;
  if (job.memory !== undefined && job.memory.memoryMB !== memoryMB) {
    job.memory.moveTo(memoryMB, 'Operator', 'an operator asked for it');
  }
}

function requireMemoryClass(memoryMB: unknown): void {
  if (isMemoryClassMB(memoryMB)) return;
  throw ApplicationFailure.nonRetryable(
    `escalate: expected one of ${MEMORY_CLASSES_MB.join(', ')} (MB), got ${JSON.stringify(memoryMB)}`,
    'InvalidInput',
  );
}
