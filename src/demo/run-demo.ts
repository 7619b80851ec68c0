import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import type { Config } from '../config.js';
import type { HashObjectResult } from '../core/contracts.js';
import { chooseMemoryClass, type MemoryClassMB } from '../core/memory-classes.js';
import { SEARCH_ATTRIBUTES } from '../core/search-attributes.js';
import { startLocalStack } from '../local/local-stack.js';
import { startPipeline, type Pipeline } from '../local/pipeline.js';
import type { LocalStack } from '../local/stack-options.js';
import { localS3Client } from '../local/aws-clients.js';
import { uploadObject } from '../storage/upload-object.js';
import type { JobStatus } from '../temporal/job-status.js';
import { connectClient } from '../temporal/temporal-connection.js';
import { planDemo, type DemoObject, type DemoPlan } from './demo-objects.js';
import type { DemoReport, DemoRow } from './demo-report.js';
import { killInTheMiddle, killProcess, type KillReport } from './kill-worker.js';
import { createProgressBars, type ProgressBars } from './progress-bars.js';
import { createRandomObject } from './random-bytes.js';
import { sampleReads } from './read-samples.js';
import { requireDiskSpace } from './require-disk-space.js';
import { waitForJob, watchJob } from './watch-job.js';

const BUCKET = 'midstate-demo';
const CLASSES: readonly MemoryClassMB[] = [256, 512];

/** The share of the last object that is read when its worker is killed. */
const KILL_AT = 0.45;

export interface DemoOptions {
  readonly config: Config;
  readonly quick: boolean;
  readonly dataDir: string;
  readonly report: (line: string) => void;
  /** Awaited with everything still running, once the report is there. */
  readonly whileRunning: (report: DemoReport, stack: LocalStack) => Promise<void>;
  readonly stop: AbortSignal;
}

interface Stage {
  readonly options: DemoOptions;
  readonly plan: DemoPlan;
  readonly stack: LocalStack;
  readonly pipeline: Pipeline;
  readonly client: Client;
  readonly bars: ProgressBars;
}

/**
 * Uploads real objects into a stack of real servers, one after another; kills the worker in the middle of the last;
 * compares every digest with an independent one.
 * @throws MidstateError when the disk is too small, or when a server or a job fails
 */
export async function runDemo(options: DemoOptions): Promise<DemoReport> {
  const startedAt = Date.now();
  const plan = planDemo(options.quick, `demo-${String(startedAt)}`);
  await requireDiskSpace(options.dataDir, neededBytes(plan));
  const { config, dataDir, report } = options;
  const stack = await startLocalStack({
    env: config.env,
    cacheDir: config.cacheDir,
    dataDir,
    ports: 'free',
    bucket: BUCKET,
    searchAttributes: SEARCH_ATTRIBUTES,
    report,
    signal: options.stop,
  });
  try {
    report(`Temporal Web UI: ${stack.urls.temporalUi}`);
    const bars = createProgressBars(plan.objects);
    const pipeline = startPipeline({
      env: demoEnvironment(options, plan, stack),
      dataDir,
      memoryClassesMB: CLASSES,
      report: (line) => {
        bars.say(line);
      },
    });
    let client: Client | undefined;
    try {
      client = await connectClient(stack.env);
      const { rows, kill } = await runObjects({ options, plan, stack, pipeline, client, bars });
      bars.stop();
      const totalSeconds = (Date.now() - startedAt) / 1_000;
      const done = { rows, kill, lossBoundSeconds: config.lossBoundSeconds, totalSeconds };
      await options.whileRunning(done, stack);
      return done;
    } finally {
      bars.stop();
      await client?.connection.close();
      await pipeline.stop();
    }
  } finally {
    await stack.stop();
    await rm(join(dataDir), { recursive: true, force: true });
  }
}

/** The objects, once more the largest (a server may assemble the parts of an upload), and room for logs. */
function neededBytes({ objects }: DemoPlan): number {
  const sizes = objects.map(({ sizeBytes }) => sizeBytes);
  return sizes.reduce((sum, size) => sum + size, 0) + Math.max(...sizes) + 200_000_000;
}

function demoEnvironment(
  { config }: DemoOptions,
  plan: DemoPlan,
  stack: LocalStack,
): Record<string, string | undefined> {
  return {
    ...config.env,
    ...stack.env,
    MIDSTATE_ALGORITHMS: 'sha1',
    MIDSTATE_MEMORY_CLASSES: CLASSES.join(','),
    MIDSTATE_RANGE_SIZE_BYTES: String(plan.rangeSizeBytes),
    MIDSTATE_LOSS_BOUND_SECONDS: String(config.lossBoundSeconds),
  };
}

async function runObjects(stage: Stage): Promise<{ rows: DemoRow[]; kill: KillReport }> {
  const rows: DemoRow[] = [];
  const last = stage.plan.objects.length - 1;
  for (const index of stage.plan.objects.keys()) {
    if (index < last) rows.push(await runObject(stage, index));
  }
  const { row, kill } = await runKilledObject(stage, last);
  return { rows: [...rows, row], kill };
}

/** Uploads one object and follows its hash to the end. */
async function runObject(stage: Stage, index: number): Promise<DemoRow> {
  const object = objectAt(stage, index);
  const samples = sampleReads(stage.pipeline.readLedgerOf(chooseMemoryClass(object.sizeBytes, CLASSES)));
  try {
    const before = samples.read().bytesRead;
    const independentDigest = await upload(stage, index);
    const workflowId = await waitForJob(stage.client, locationOf(object));
    const result = await watchJob(stage.client, workflowId, showStatus(stage, index));
    const { bytesRead, peakRssBytes } = samples.read();
    return rowOf(object, independentDigest, result, bytesRead - before, peakRssBytes);
  } finally {
    samples.dispose();
  }
}

/** As `runObject`, with the worker killed in the middle; it is started again by its supervisor. */
async function runKilledObject(stage: Stage, index: number): Promise<{ row: DemoRow; kill: KillReport }> {
  const object = objectAt(stage, index);
  const memoryMB = chooseMemoryClass(object.sizeBytes, CLASSES);
  const worker = stage.pipeline.hashWorkers.get(memoryMB);
  if (worker === undefined) throw new Error(`the demo has no ${String(memoryMB)} MB worker`);
  const samples = sampleReads(stage.pipeline.readLedgerOf(memoryMB));
  const over = new AbortController();
  let note = '';
  try {
    const killing = killInTheMiddle(
      {
        client: stage.client,
        workflowId: () => waitForJob(stage.client, locationOf(object)),
        samples,
        kill: () =>
          killProcess(worker, (pid) => {
            note = `· SIGKILL to worker ${String(pid)}`;
            stage.bars.say(`SIGKILL to the ${String(memoryMB)} MB worker (process ${String(pid)}) …`);
          }),
        killAtByte: object.sizeBytes * KILL_AT,
        lossBoundSeconds: stage.options.config.lossBoundSeconds,
      },
      over.signal,
    );
    killing.catch(() => undefined);
    const independentDigest = await upload(stage, index);
    const workflowId = await waitForJob(stage.client, locationOf(object));
    const result = await watchJob(
      stage.client,
      workflowId,
      showStatus(stage, index, () => note),
    );
    const kill = await killing;
    const { bytesRead, peakRssBytes } = samples.read();
    const row = rowOf(
      object,
      independentDigest,
      result,
      kill.readByKilledWorker + bytesRead,
      Math.max(kill.peakRssBytes, peakRssBytes),
    );
    return { row, kill };
  } finally {
    over.abort();
    samples.dispose();
  }
}

function objectAt({ plan }: Stage, index: number): DemoObject {
  const object = plan.objects[index];
  if (object === undefined) throw new Error(`the demo has no object ${String(index)}`);
  return object;
}

function locationOf({ key }: DemoObject): { bucket: string; key: string } {
  return { bucket: BUCKET, key };
}

/** Makes the bytes and uploads them; returns the digest taken on the way. */
async function upload(stage: Stage, index: number): Promise<string> {
  stage.options.stop.throwIfAborted();
  const { key, sizeBytes } = objectAt(stage, index);
  const s3 = localS3Client(stage.stack.urls.s3);
  const random = createRandomObject(sizeBytes);
  await uploadObject(s3, {
    bucket: BUCKET,
    key,
    body: random.body,
    onProgress: (bytes) => {
      stage.bars.update(index, { phase: 'uploading', bytes, detail: '' });
    },
  });
  s3.destroy();
  return random.digest();
}

function showStatus(stage: Stage, index: number, note = () => ''): (status: JobStatus) => void {
  const { sizeBytes } = objectAt(stage, index);
  return ({ progress, activity, result }) => {
    stage.options.stop.throwIfAborted();
    if (result !== undefined) {
      stage.bars.update(index, { phase: 'done', bytes: sizeBytes, detail: note() });
      return;
    }
    const range =
      progress === undefined || progress.range === 0
        ? ''
        : `range ${String(progress.range)}/${String(progress.ranges)}`;
    const detail = `${range} attempt ${String(activity?.attempt ?? 1)} ${note()}`.trim();
    stage.bars.update(index, { phase: 'hashing', bytes: progress?.bytesHashed ?? 0, detail });
  };
}

function rowOf(
  object: DemoObject,
  independentDigest: string,
  { digests, stats }: HashObjectResult,
  bytesRead: number,
  workerPeakRssBytes: number,
): DemoRow {
  const seconds = (Date.parse(stats.finishedAt) - Date.parse(stats.startedAt)) / 1_000;
  return {
    ...object,
    digest: digests.sha1 ?? 'none',
    independentDigest,
    seconds,
    megabytesPerSecond: object.sizeBytes / 1e6 / Math.max(seconds, 0.001),
    workerPeakRssBytes,
    bytesReadTwice: Math.max(bytesRead - object.sizeBytes, 0),
    attempts: stats.attempts,
  };
}
