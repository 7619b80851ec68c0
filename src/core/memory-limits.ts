import { MidstateError } from './failures.js';
import { MEMORY_CLASSES_MB, MEMORY_HIGH, type MemoryClassMB } from './memory-classes.js';

/** A worker that is full takes work again when it uses less than this. */
export const MEMORY_LOW = 0.75;

/** Whether a worker counts as full, by the part of its memory it uses and by whether it was full before. */
export function isMemoryHigh(usedPart: number, wasHigh: boolean): boolean {
  return wasHigh ? usedPart >= MEMORY_LOW : usedPart > MEMORY_HIGH;
}

const BYTES_PER_MB = 1_000_000;

/**
 * Compares a worker's class with the memory limit it runs under. A limit in MiB (`mem_limit: 512m`) is larger than
 * the class and fits.
 *
 * @param limitBytes the tightest limit of its control groups; undefined where there is none
 * @returns a warning for the log where nothing holds the worker to its class
 * @throws MidstateError InvalidInput when the limit is below the class
 */
export function checkMemoryLimit(
  memoryMB: MemoryClassMB,
  limitBytes: number | undefined,
): string | undefined {
  const wanted = `${String(memoryMB)} MB`;
  if (limitBytes === undefined) {
    return (
      `no memory limit holds this worker to its class of ${wanted}: set one where it runs ` +
      '(mem_limit, resources.limits.memory, MemoryMax)'
    );
  }
  if (limitBytes >= memoryMB * BYTES_PER_MB) return undefined;
  const fitting = MEMORY_CLASSES_MB.filter((candidate) => candidate * BYTES_PER_MB <= limitBytes).at(-1);
  const smaller = fitting === undefined ? '' : `, or start it with --memory-class ${String(fitting)}`;
  throw new MidstateError(
    'InvalidInput',
    `worker: its control group's memory limit is below its class: expected at least ${wanted}, ` +
      `got ${(limitBytes / BYTES_PER_MB).toFixed(1)} MB; raise the limit to ${wanted}${smaller}`,
  );
}
