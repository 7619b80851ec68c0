import type { WorkerSetup } from './cell.js';

/** Any chunk of the matrix is to be measured, also one that a stop of the class could not wait for. */
const NO_CHUNK_TOO_LARGE_MB_PER_S = 100_000;

/** Variables that make a worker, here or in a function, one of this setup. */
export function workerVariables(setup: WorkerSetup): Record<string, string> {
  const { memoryMB, chunkSizeBytes, connections, engine } = setup;
  return {
    MIDSTATE_ENGINE: engine,
    MIDSTATE_CHUNK_SIZE_BYTES: String(chunkSizeBytes),
    MIDSTATE_CONNECTIONS_PER_OBJECT: String(connections),
    MIDSTATE_CLASS_TABLE: JSON.stringify({ [memoryMB]: { megabytesPerSecond: NO_CHUNK_TOO_LARGE_MB_PER_S } }),
  };
}
