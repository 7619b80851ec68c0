import type { Algorithm } from '../src/core/algorithms.js';
import type { ObjectRef } from '../src/core/contracts.js';
import type { RangeHasher } from '../src/core/ports.js';
import { chunksOf } from '../src/core/ranges.js';
import type { ActivityDependencies } from './activity-dependencies.js';
import { handOver, type AttemptWatch } from './with-heartbeats.js';

/** Bytes of one object version that a hasher has yet to take. */
export interface BytesToHash {
  readonly object: ObjectRef;
  readonly algorithms: readonly Algorithm[];
  /** Where in the object the hasher's byte 0 lies. */
  readonly originByte: number;
  readonly endByteExclusive: number;
}

/**
 * Reads chunk after chunk into the hasher, from where it stands to the end; when the worker stops, to the end of what was asked for.
 * @param onReceived told of bytes when they are taken from the store, also if they are never hashed
 */
export async function hashBytes(
  deps: ActivityDependencies,
  { object, algorithms, originByte, endByteExclusive }: BytesToHash,
  hasher: RangeHasher,
  { stop, pulse }: AttemptWatch,
  onReceived: (byteCount: number) => void,
): Promise<void> {
  const rest = { startByte: originByte + hasher.bytesHashed, endByteExclusive };
  let toldOf = hasher.bytesHashed;
  const tell = () => {
    if (hasher.bytesHashed === toldOf) return; // received, but not hashed yet
    toldOf = hasher.bytesHashed;
    pulse.onHashed();
  };
  const end = await deps.reader.readChunks(
    {
      object,
      chunks: chunksOf(rest, deps.chunkSizeBytes, algorithms),
      signal: stop.readSignal,
      shouldStop: stop.shouldHandOn,
    },
    {
      onReceived: (byteCount) => {
        onReceived(byteCount);
        deps.meter.add(byteCount);
        tell();
      },
      onBytes: (bytes) => {
        hasher.update(bytes);
        tell();
      },
      hasher,
      reportWithinMs: () => pulse.reportWithinMs,
    },
  );
  if (end === 'stopped') throw handOver();
}
