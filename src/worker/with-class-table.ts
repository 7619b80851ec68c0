import type { Config } from '../config.js';
import type { MemoryClassMB } from '../core/memory-classes.js';

/** The configuration with what the class table says of the worker's class, where it is not told otherwise itself. */
export function withClassTable(config: Config, memoryMB: MemoryClassMB | undefined): Config {
  const own = memoryMB === undefined ? undefined : config.classTable[memoryMB];
  return {
    ...config,
    chunkSizeBytes: config.chunkSizeBytes ?? own?.chunkSizeBytes,
    connections: config.connections ?? own?.connectionsPerObject,
  };
}
