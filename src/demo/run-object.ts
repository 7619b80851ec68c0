import type { Client } from '@temporalio/client';
import type { HashObjectResult } from '../core/contracts.js';
import type { MemoryClassMB } from '../core/memory-classes.js';
import { chooseMemoryClass } from '../core/routing.js';
import { localS3Client } from '../local/aws-clients.js';
import type { Pipeline } from '../local/pipeline.js';
import type { LocalStack } from '../local/stack-options.js';
import { uploadObject } from '../storage/upload-object.js';
import type { JobStatus } from '../temporal/job-status.js';
import type { DemoObject, DemoPlan } from './demo-objects.js';
import type { DemoRow } from './demo-report.js';
import { killInTheMiddle, killProcess, type KillReport } from './kill-worker.js';
import type { ProgressBars } from './progress-bars.js';
import { createRandomObject } from './random-bytes.js';
import { sampleReads } from './read-samples.js';
import { waitForJob, watchJob } from './watch-job.js';

export const BUCKET = 'midstate-demo';
export const CLASSES: readonly MemoryClassMB[] = [256, 512];

/** The share of the last object that is read when its worker is killed. */
const KILL_AT = 0.45;

/** Everything that runs, and what is to be shown on it. */
export interface Stage {
  readonly lossBoundSeconds: number;
  readonly stop: AbortSignal;
  readonly plan: DemoPlan;
  readonly stack: LocalStack;
  readonly pipeline: Pipeline;
  readonly client: Client;
  readonly bars: ProgressBars;
}

/** Uploads one object and follows its hash to the end. */
export async function runObject(stage: Stage, index: number): Promise<DemoRow> {
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
export async function runKilledObject(
  stage: Stage,
  index: number,
): Promise<{ row: DemoRow; kill: KillReport }> {
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
        lossBoundSeconds: stage.lossBoundSeconds,
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
  stage.stop.throwIfAborted();
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
    stage.stop.throwIfAborted();
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
