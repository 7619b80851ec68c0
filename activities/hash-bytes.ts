import type { Algorithm } from '../src/core/algorithms.js';
import type { ObjectRef } from '../src/core/contracts.js';
import type { RangeHasher } from '../src/core/ports.js';
import { chunksOf } from '../src/core/ranges.js';
import type { ActivityDependencies } from './activity-dependencies.js';
import type { StopSignal } from './stop-signal.js';
import { handOver } from './with-heartbeats.js';

/** Bytes of one object version that a hasher has yet to take. */
export interface BytesToHash {
  readonly object: ObjectRef;
  readonly algorithms: readonly Algorithm[];
  /** Where in the object the hasher's byte 0 lies. */
  readonly originByte: number;
  readonly endByteExclusive: number;
}

/**
 * Reads chunk after chunk into the hasher, from where it stands to the end; stops between chunks when the worker does.
 * @param onBytes told of the length of each piece, before it is hashed
 */
export async function hashBytes(
  deps: ActivityDependencies,
  { object, algorithms, originByte, endByteExclusive }: BytesToHash,
  hasher: RangeHasher,
  stop: StopSignal,
  onBytes: (byteCount: number) => void,
): Promise<void> {
  const rest = { startByte: originByte + hasher.bytesHashed, endByteExclusive };
  for (const chunk of chunksOf(rest, deps.chunkSizeBytes, algorithms)) {
    if (stop.shouldHandOn()) throw handOver();
    await deps.reader.read({ object, ...chunk, signal: stop.readSignal }, (bytes) => {
      onBytes(bytes.length);
      deps.meter.add(bytes.length);
      hasher.update(bytes);
    });
  }
}
