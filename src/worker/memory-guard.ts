import { findMemoryCgroups, tightestLimitBytes } from '../core/memory-cgroups.js';
import type { MemoryClassMB } from '../core/memory-classes.js';
import { checkMemoryLimit } from '../core/memory-limits.js';
import type { Logger } from '../observability/logger.js';
import { readText } from '../read-text.js';
import { measureMemory, MemoryWatch, usedPart } from './memory-watch.js';
import type { SlotPool } from './slot-pool.js';

/**
 * Warns where nothing holds the worker to its class.
 * @throws MidstateError InvalidInput when its memory limit is below its class
 */
export function checkOwnMemoryLimit(memoryMB: MemoryClassMB, logger: Logger): void {
  const warning = checkMemoryLimit(memoryMB, tightestLimitBytes(findMemoryCgroups(readText)));
  if (warning !== undefined) logger.warn(warning);
}

/** A watch that closes the slots while memory is high, and says so. It begins with `start`. */
export function guardMemory(memoryMB: MemoryClassMB, slots: SlotPool, logger: Logger): MemoryWatch {
  const classBytes = memoryMB * 1_000_000;
  const groups = findMemoryCgroups(readText);
  const measure = () => measureMemory(readText, classBytes, groups);
  return new MemoryWatch(classBytes, measure, (isHigh, use) => {
    const usedPercent = Math.round(100 * usedPart(use, classBytes));
    const facts = { usedPercent, ...use };
    if (isHigh) {
      slots.close();
      logger.warn('memory is high: no new work is taken until there is room again', facts);
    } else {
      slots.open();
      logger.info('memory has room again: work is taken', facts);
    }
  });
}
