/**
 * Tunes one class here, plans a burst from the result, runs that burst on a worker in a control group of the class, and
 * tells how far off the plan was. Not a test: it prints a table, and fails beyond 15 %.
 *
 *     npx vitest run --mode measure test/measure/plan-against-run.ts
 *
 * MEASURE_CLASS (default 512) and MEASURE_BURST (default `24 x 100 MB, 48 x 20 MB`) choose another. Needs root for the
 * control groups, and `npm run build` before.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { openSync, closeSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Table from 'cli-table3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { scenarioOf } from '../../src/cli/plan/scenario-options.js';
import { isMemoryClassMB } from '../../src/core/memory-classes.js';
import { listed } from '../../src/planning/arrivals.js';
import { formatSeconds } from '../../src/planning/describe-plan.js';
import { makePlan } from '../../src/planning/make-plan.js';
import { parseSizes } from '../../src/planning/parse-arrivals.js';
import { tunedSpeeds } from '../../src/planning/tuned-speeds.js';
import { slotsFor } from '../../src/tuning/matrix.js';
import { readTuneResult } from '../../src/tuning/tune-result.js';
import { createRandomObject } from '../../src/demo/random-bytes.js';
import { createS3ObjectStore } from '../../src/storage/s3-object-store.js';
import { uploadObject } from '../../src/storage/upload-object.js';
import type { ObjectRef } from '../../src/core/contracts.js';
import { ClassStage } from '../setup/class-stage.js';
import { userEnvironment } from '../setup/midstate-cli.js';
import { connectStack, ensureBucket, type StackClients } from '../setup/stack-clients.js';
import { theStack } from '../setup/the-stack.js';

const MIDSTATE = fileURLToPath(new URL('../../bin/midstate', import.meta.url));
const BUCKET = 'planned';
const RUNS = 3;
const WITHIN = 0.15;

const memoryMB = Number(process.env['MEASURE_CLASS'] ?? 512);
if (!isMemoryClassMB(memoryMB)) throw new Error(`MEASURE_CLASS: ${String(memoryMB)}`);
/** In order of submission. */
const burst = parseSizes(process.env['MEASURE_BURST'] ?? '24 x 100 MB, 48 x 20 MB').flatMap(
  ({ share, sizeBytes }) => Array.from({ length: share }, () => sizeBytes),
);
const sizes = [...new Set(burst)];
const atOnce = slotsFor({
  memoryMB,
  chunkSizeBytes: 20_000_000,
  objectBytes: Math.max(...burst),
  algorithms: ['sha1'],
  connections: 2,
  objectsAtOnce: 1,
  runner: 'native',
});

let clients: StackClients;
let folder: string;

beforeAll(async () => {
  clients = await connectStack(theStack().urls);
  await ensureBucket(clients.s3, BUCKET);
  folder = await mkdtemp(join(theStack().scratchDir, 'plan-'));
});

afterAll(async () => {
  await clients.close();
  await rm(folder, { recursive: true, force: true });
});

async function tune() {
  const [file, log] = [join(folder, 'tuned.json'), join(folder, 'tune.log')];
  const [out, err] = [openSync(file, 'w'), openSync(log, 'w')];
  const args = [
    ...['tune', '--bucket', BUCKET, '--classes', String(memoryMB), '--chunks', '20', '--runs', String(RUNS)],
    ...['--objects', sizes.map((size) => String(size / 1e6)).join(','), '--at-once', String(atOnce)],
    ...['--no-python', '--data-dir', join(folder, 'tune'), '--json'],
  ];
  const child = spawn(MIDSTATE, args, { env: userEnvironment(), stdio: ['ignore', out, err] });
  const [code] = (await once(child, 'exit')) as [number | null];
  closeSync(out);
  closeSync(err);
  expect(code, await readFile(log, 'utf8')).toBe(0);
  return readTuneResult(file);
}

async function upload(sizeBytes: number, index: number): Promise<ObjectRef> {
  const key = `${String(sizeBytes)}-${String(index)}`;
  const { body } = createRandomObject(sizeBytes);
  await uploadObject(clients.s3, { bucket: BUCKET, key, body, onProgress: () => undefined });
  return (await createS3ObjectStore(clients.s3).describe({ bucket: BUCKET, key })).object;
}

/** Seconds from the first submission to each digest. */
async function run(objects: readonly ObjectRef[]): Promise<number[]> {
  const stage = await ClassStage.open(memoryMB as 512);
  const worker = await stage.startWorker({ env: { AWS_ENDPOINT_URL_S3: theStack().urls.s3 } });
  const warmUp = await stage.start(objects[0]!);
  await warmUp.result();
  const startedAt = performance.now();
  const seconds = await Promise.all(
    objects.map(async (object) => {
      const job = await stage.start(object, {}, true);
      expect((await job.result()).outcome).toBe('hashed');
      return (performance.now() - startedAt) / 1_000;
    }),
  );
  await worker.stop();
  await stage.close();
  return seconds;
}

test('a plan from a tuning against the run', { timeout: 1_800_000 }, async () => {
  const objects: ObjectRef[] = [];
  for (const [index, sizeBytes] of burst.entries()) objects.push(await upload(sizeBytes, index));
  const speeds = tunedSpeeds(await tune(), atOnce);
  const scenario = scenarioOf(
    { memoryClass: String(memoryMB), workers: '1', objectsAtOnce: String(atOnce) },
    () => speeds,
  );
  const plan = makePlan(listed(new Float64Array(burst.length), Float64Array.from(burst)), scenario);

  const seconds = (await run(objects)).sort((a, b) => a - b);

  const p50 = seconds[Math.ceil(seconds.length / 2) - 1] ?? 0;
  const drain = seconds.at(-1) ?? 0;
  const error = plan.drainSeconds / drain - 1;
  const speed = speeds.get(memoryMB);
  const table = new Table({ head: ['', 'planned', 'measured', 'error'], style: { head: [], border: [] } });
  const row = (name: string, planned: number, measured: number) => {
    const off = `${(100 * (planned / measured - 1)).toFixed(0)} %`;
    table.push([name, formatSeconds(planned), formatSeconds(measured), off]);
  };
  row('last digest', plan.drainSeconds, drain);
  row('p50', plan.toDigestSeconds.p50, p50);
  process.stdout.write(
    `${String(memoryMB)} MB, ${String(burst.length)} objects, ${String(atOnce)} at once; tuned: ${speed?.megabytesPerSecond.toFixed(0) ?? ''} MB/s and ${speed?.fixedSeconds.toFixed(2) ?? ''} s an object\n${table.toString()}\n`,
  );
  expect(Math.abs(error)).toBeLessThan(WITHIN);
});
