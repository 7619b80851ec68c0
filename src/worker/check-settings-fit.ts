import type { Config } from '../config.js';
import { checkChunkFits, checkConnectionsFit, type MemoryClassMB } from '../core/memory-classes.js';

/**
 * Checks that what a worker is told fits its memory class.
 * @param megabytesPerSecond where the class was measured, in the place of the table's
 * @throws MidstateError InvalidInput
 */
export function checkSettingsFit(
  { chunkSizeBytes, connections }: Pick<Config, 'chunkSizeBytes' | 'connections'>,
  memoryMB: MemoryClassMB,
  megabytesPerSecond?: number,
): void {
  if (chunkSizeBytes !== undefined) checkChunkFits(chunkSizeBytes, memoryMB, megabytesPerSecond);
  if (connections !== undefined) checkConnectionsFit(connections, memoryMB);
}
