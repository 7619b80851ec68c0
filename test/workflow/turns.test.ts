import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Source } from '../../src/core/contracts.js';
import type { MemoryClassMB } from '../../src/core/memory-classes.js';
import { startInProcessWorkers } from '../setup/in-process-workers.js';
import { IMAGINED_DIGEST } from '../setup/instant-script.js';
import { WorkflowStage, type Job } from '../setup/workflow-stage.js';
import { theStack } from '../setup/the-stack.js';

const STATS = { bytesRead: 1, bytesReadTwice: 0, attempts: 1, lostAttempts: 0 };

let stage: WorkflowStage;

beforeAll(async () => {
  stage = await WorkflowStage.open();
});

afterAll(() => stage.close());

interface Wave {
  readonly name: string;
  readonly bucket: string;
  readonly count: number;
  readonly kind: Source['kind'];
}

/** Queues the waves one after another for a class without a worker, then lets one work; returns whose turn it was when. */
async function orderOfWork(memoryClassMB: MemoryClassMB, waves: readonly Wave[]): Promise<string[]> {
  const order: string[] = [];
  const jobs: Job[] = [];
  for (const { name, bucket, count, kind } of waves) {
    const started = Array.from({ length: count }, async () => {
      const object = { bucket, key: stage.newKey(), etag: randomUUID(), sizeBytes: 1 };
      stage.script(object, {
        hashSmallObject: () => {
          order.push(name);
          const description = { object, storageClass: 'STANDARD', storedChecksums: [], isSidecar: false };
          const proof = { kind: 'none', reason: 'imagined' } as const;
          return Promise.resolve({
            description,
            digests: { sha1: IMAGINED_DIGEST },
            proof,
            receipts: [],
            stats: STATS,
          });
        },
      });
      return await stage.start(object, { source: { kind }, policy: { memoryClassMB } });
    });
    jobs.push(...(await Promise.all(started)));
    await Promise.all(jobs.map(isScheduled));
  }
  const worker = await startInProcessWorkers({
    ...stage.workerOptions,
    temporalAddress: theStack().urls.temporalAddress,
    memoryClassesMB: [memoryClassMB],
    slots: 1,
  });
  await Promise.all(jobs.map((job) => job.result()));
  await worker.stop();
  return order;
}

async function isScheduled(job: Job): Promise<void> {
  while (((await job.describe()).raw.pendingActivities ?? []).length === 0);
}

describe('work in a queue', () => {
  test('of one bucket does not wait for all of another that came before it', async () => {
    const order = await orderOfWork(1024, [
      { name: 'A', bucket: 'large-bucket', count: 40, kind: 's3-event' },
      { name: 'B', bucket: 'small-bucket', count: 5, kind: 's3-event' },
    ]);

    expect(order).toHaveLength(45);
    // In order of arrival B would have places 41 to 45; turn by turn it has 2, 4, 6, 8 and 10.
    expect(order.lastIndexOf('B') + 1, order.join('')).toBeLessThan(15);
  });

  test('that was just uploaded goes ahead of what can wait', async () => {
    const order = await orderOfWork(2048, [
      { name: 'b', bucket: 'bucket', count: 20, kind: 'backfill' },
      { name: 'r', bucket: 'bucket', count: 10, kind: 'replay' },
      { name: 'U', bucket: 'bucket', count: 5, kind: 's3-event' },
      { name: 'S', bucket: 'bucket', count: 5, kind: 'submit' },
    ]);

    const fresh = order.flatMap((name, index) => (name === 'U' || name === 'S' ? [index + 1] : []));
    expect(fresh).toHaveLength(10);
    expect(Math.max(...fresh), order.join('')).toBeLessThan(15);
  });
});
