import { InvalidArgumentError } from 'commander';
import { isMemoryClassMB, MEMORY_CLASSES_MB, type MemoryClassMB } from '../core/memory-classes.js';

/** Parses `--memory-class`. */
export function parseMemoryClass(text: string): MemoryClassMB {
  const memoryMB = Number(text);
  if (isMemoryClassMB(memoryMB)) return memoryMB;
  throw new InvalidArgumentError(`expected one of ${MEMORY_CLASSES_MB.join(', ')} (MB), got ${text}.`);
}
