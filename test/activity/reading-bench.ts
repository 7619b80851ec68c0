import { createActivities, type HashRangeInput, type HashRangeResult } from '../../activities/index.js';
import type { HashEngine } from '../../src/core/ports.js';
import { portableEngine } from '../../src/hashing/index.js';
import { createFakeObjectStore } from '../fakes/fake-object-store.js';
import { FakeS3 } from '../fakes/fake-s3.js';
import { CHUNK_BYTES, openReadingStage } from '../unit/s3-shaped/reading-stage.js';
import { runActivity, type Attempt } from './activity-bench.js';

/** Activities that read through the real reader, from a server that can break at any byte. */
export async function openReadingBench(options: { engine?: HashEngine; chunkSizeBytes?: number } = {}) {
  const { server, reader, close } = await openReadingStage();
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
    chunkSizeBytes: options.chunkSizeBytes ?? CHUNK_BYTES,
    handOverMs: 100,
  });
  function hashRange(input: HashRangeInput, attempt?: Attempt): Promise<HashRangeResult> {
    return runActivity(activities.hashRange, input, attempt);
  }
  return bench;
}

export type ReadingBench = Awaited<ReturnType<typeof openReadingBench>>;
