import type { ActivityDependencies } from '../../activities/index.js';
import type { Config } from '../config.js';
import { heartbeatTiming } from '../core/loss-bound.js';
import { describeMemoryClass, type MemoryClass } from '../core/memory-classes.js';
import type { HashEngine } from '../core/ports.js';
import type { WorkerObservation } from '../observability/observe-worker.js';
import { createS3Client } from '../storage/aws-clients.js';
import { BufferPool } from '../storage/read-ahead/buffer-pool.js';
import { createS3ObjectStore } from '../storage/s3-object-store.js';
import { createS3RangeReader, DEFAULT_READER_SETTINGS } from '../storage/s3-range-reader.js';
import { createReadLedger, NO_METER } from './read-ledger.js';

/** What a worker's activities need from the outside: the store and its reader, sized by the class, and who watches. */
export function activityDependencies(
  config: Config,
  memory: MemoryClass,
  engine: HashEngine,
  observation: Pick<WorkerObservation, 'store' | 'meter'>,
): ActivityDependencies {
  const chunkSizeBytes = config.chunkSizeBytes ?? memory.chunkSizeBytes;
  const idleTimeoutMs = config.idleTimeoutSeconds * 1_000;
  const client = createS3Client({
    ...config.aws,
    idleTimeoutMs,
    connections: memory.connections,
    nativeConnections: config.engine !== 'portable',
  });
  const settings = {
    ...DEFAULT_READER_SETTINGS,
    idleTimeoutMs,
    connectionsPerObject: memory.connectionsPerObject,
    pool: new BufferPool(chunkSizeBytes, memory.readAheadBytes),
  };
  return {
    engine,
    reader: createS3RangeReader(client, settings),
    store: observation.store(createS3ObjectStore(client)),
    meter: observation.meter(
      config.readLedger === undefined ? NO_METER : createReadLedger(config.readLedger),
    ),
    chunkSizeBytes,
    heartbeatIntervalMs: heartbeatTiming(config.lossBoundSeconds).intervalMs,
    memoryClass: describeMemoryClass(memory.memoryMB),
  };
}
