/**
 * Measures each memory class in a control group of its size and CPU share: idle, hashing four objects at once, and
 * objects of rising size through workflow, worker and S3. Not a test: it prints a table, and fails only when a digest is
 * wrong, a limit is passed or a worker is killed.
 *
 *     npx vitest run --mode measure test/measure/memory-classes.ts
 *
 * MEASURE_CLASSES (default `128,256,512,1024,2048`) and MEASURE_SIZES_MB (default `100,500,1000,5000`) choose less. Needs
 * root for the control groups, and disk for the largest object.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import Table from 'cli-table3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ObjectRef } from '../../src/core/contracts.js';
import { isMemoryClassMB, MEMORY_CLASSES_MB, memoryClass } from '../../src/core/memory-classes.js';
import { createRandomObject } from '../../src/demo/random-bytes.js';
import { createS3ObjectStore } from '../../src/storage/s3-object-store.js';
import { uploadObject } from '../../src/storage/upload-object.js';
import { ClassStage } from '../setup/class-stage.js';
import { connectStack, ensureBucket, type StackClients } from '../setup/stack-clients.js';
import { theStack } from '../setup/the-stack.js';

const MB = 1_000_000;
const BUCKET = 'measured';
const IDLE_SECONDS = 10;

/** MB that the Python function of 2021 used on AWS Lambda, at the chunk size of the class. */
const SEED_MEMORY_MB = { 128: 108, 256: 138, 512: 138, 1024: 138, 2048: 138 } as const;

const classes = list('MEASURE_CLASSES', MEMORY_CLASSES_MB).filter(isMemoryClassMB);
const sizes = list('MEASURE_SIZES_MB', [100, 500, 1_000, 5_000]);

interface Measured {
  readonly object: ObjectRef;
  readonly sha1: string;
}

let clients: StackClients;
const objects: Measured[] = [];

beforeAll(async () => {
  clients = await connectStack(theStack().urls);
  await ensureBucket(clients.s3, BUCKET);
  for (const sizeMB of sizes) objects.push(await upload(sizeMB * MB));
}, 300_000);

afterAll(() => clients.close());

describe.each(classes)('the class of %d MB', (memoryMB) => {
  test('measured', { timeout: 3_600_000 }, async () => {
    const table = new Table({
      head: ['class', 'what', 'seconds', 'MB/s', 'CPU-s', 'group peak', 'working set', 'RSS peak', 'seed'],
      style: { head: [], border: [] },
    });
    const stage = await ClassStage.open(memoryMB, Infinity);
    const worker = await stage.startWorker({ env: { AWS_ENDPOINT_URL_S3: theStack().urls.s3 } });
    const { confinement } = worker;
    const row = (what: string, seconds: number, bytes: number, cpuSeconds: number) => {
      const { peakBytes, workingSetBytes } = confinement.usage();
      table.push([
        `${String(memoryMB)} MB`,
        what,
        seconds.toFixed(1),
        bytes === 0 ? '' : (bytes / MB / seconds).toFixed(1),
        cpuSeconds.toFixed(3),
        megabytes(peakBytes),
        megabytes(workingSetBytes),
        megabytes(worker.reads.read().peakRssBytes),
        `${String(SEED_MEMORY_MB[memoryMB])} MB`,
      ]);
      expect(peakBytes).toBeLessThanOrEqual(memoryMB * MB);
    };
    const timed = async (what: string, wanted: readonly Measured[]) => {
      const before = confinement.usage().cpuSeconds;
      confinement.resetPeak();
      const startedAt = Date.now();
      const jobs = await Promise.all(wanted.map(({ object }) => stage.start(object, {}, true)));
      const results = await Promise.all(jobs.map((job) => job.result()));
      const seconds = (Date.now() - startedAt) / 1_000;
      expect(results.map(({ digests }) => digests)).toEqual(wanted.map(({ sha1 }) => ({ sha1 })));
      const bytes = wanted.reduce((sum, { object }) => sum + object.sizeBytes, 0);
      row(what, seconds, bytes, confinement.usage().cpuSeconds - before);
    };

    const before = confinement.usage().cpuSeconds;
    await delay(IDLE_SECONDS * 1_000);
    row('idle', IDLE_SECONDS, 0, confinement.usage().cpuSeconds - before);
    for (const measured of objects) await timed(`${String(measured.object.sizeBytes / MB)} MB`, [measured]);
    await timed('4 x 100 MB', await Promise.all([1, 2, 3, 4].map(() => upload(100 * MB))));
    const { slots } = memoryClass(memoryMB);
    await timed(
      `${String(slots)} x 30 MB`,
      await Promise.all(Array.from({ length: slots }, () => upload(30 * MB))),
    );
    process.stdout.write(`${table.toString()}\n`);
    expect(confinement.usage().oomKills).toBe(0);

    await worker.stop();
    await stage.close();
  });
});

async function upload(sizeBytes: number): Promise<Measured> {
  const random = createRandomObject(sizeBytes);
  const key = `${String(sizeBytes / MB)}-${randomUUID()}`;
  await uploadObject(clients.s3, { bucket: BUCKET, key, body: random.body, onProgress: () => undefined });
  const { object } = await createS3ObjectStore(clients.s3).describe({ bucket: BUCKET, key });
  return { object, sha1: random.digest() };
}

function megabytes(bytes: number): string {
  return `${(bytes / MB).toFixed(0)} MB`;
}

function list(variable: string, fallback: readonly number[]): number[] {
  return process.env[variable]?.split(',').map(Number) ?? [...fallback];
}
