import { createActivities, type HashRangeInput, type HashRangeResult } from '../../activities/index.js';
import type { HashEngine } from '../../src/core/ports.js';
import { portableEngine } from '../../src/hashing/index.js';
import { BufferPool } from '../../src/storage/read-ahead/buffer-pool.js';
import { createFakeObjectStore } from '../fakes/fake-object-store.js';
import { FakeS3 } from '../fakes/fake-s3.js';
import { CHUNK_BYTES, openReadingStage, SHORT_PATIENCE } from '../unit/s3-shaped/reading-stage.js';
import { runActivity, type Attempt } from './activity-bench.js';

export interface ReadingBenchOptions {
  readonly engine?: HashEngine;
  readonly chunkSizeBytes?: number;
  /** GETs under way at once, and buffers of a chunk to read ahead into. */
  readonly connectionsPerObject?: number;
  readonly poolBuffers?: number;
}

/** Activities that read through the real reader, from a server that can break at any byte. */
export async function openReadingBench(options: ReadingBenchOptions = {}) {
  const { connectionsPerObject = 1, poolBuffers = 0, chunkSizeBytes = CHUNK_BYTES } = options;
  const pool = new BufferPool(chunkSizeBytes, poolBuffers * chunkSizeBytes);
  const ahead = { connectionsPerObject, pool };
  const { server, reader, close } = await openReadingStage(SHORT_PATIENCE, undefined, ahead);
  const bench = { server, close, bytesMetered: 0, hashRange };
  const activities = createActivities({
    engine: options.engine ?? portableEngine,
    reader,
    store: createFakeObjectStore(new FakeS3()),
    meter: {
      add: (byteCount) => {
        bench.bytesMetered += byteCount;
        server.delivered += byteCount;
      },
    },
    chunkSizeBytes,
    handOverMs: 100,
  });
  function hashRange(input: HashRangeInput, attempt?: Attempt): Promise<HashRangeResult> {
    return runActivity(activities.hashRange, input, attempt);
  }
  return bench;
}

export type ReadingBench = Awaited<ReturnType<typeof openReadingBench>>;
