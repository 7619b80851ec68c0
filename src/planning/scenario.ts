import type { MemoryClassMB } from '../core/memory-classes.js';
import type { ClassSpeeds } from './class-speeds.js';
import type { ScalingChoice } from './scaling.js';

/** One fleet that could do the work: what is varied between the alternatives of a plan. */
export interface Scenario {
  /** For people. */
  readonly name: string;
  readonly scaling: ScalingChoice;
  /** The class of every object; `route`: by size, as routing has it. */
  readonly memoryClass: MemoryClassMB | 'route';
  readonly speeds: ClassSpeeds;
  /** Objects that a worker hashes at once. */
  readonly objectsAtOnce: number;
  /** Seconds of an object besides its bytes; default: as the speeds have it. */
  readonly overheadSeconds?: number | undefined;
  /** Workers by class, over those of `scaling`. */
  readonly workersByClass?: ReadonlyMap<MemoryClassMB, number> | undefined;
  /** Jobs started in a second, at most. */
  readonly startsPerSecond?: number | undefined;
  /** Whether Temporal's actions are paid for. */
  readonly temporal: 'cloud' | 'self-hosted';
}
