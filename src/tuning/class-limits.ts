import { memoryClass, type MemoryClassMB } from '../core/memory-classes.js';
import type { ConfinementLimits } from '../local/process/confinement.js';

/** Memory and CPU as the class's container has them. */
export function limitsOf(memoryMB: MemoryClassMB): Required<ConfinementLimits> {
  return { memoryBytes: memoryMB * 1_000_000, cpuShare: memoryClass(memoryMB).cpuShare };
}
