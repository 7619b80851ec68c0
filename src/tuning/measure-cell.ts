import { WorkflowNotFoundError } from '@temporalio/client';
import { MidstateError } from '../core/failures.js';
import { jobResult } from '../temporal/job-result.js';
import { startHashObject } from '../temporal/start-hash-object.js';
import { bytesOf, type Cell } from './cell.js';
import { ClassLimits } from './class-limits.js';
import type { ClassWorker } from './class-worker.js';
import { runPython } from './python-peer.js';
import type { Run } from './state-file.js';
import type { TuneObject } from './tune-objects.js';
import type { TuneStage } from './tune-stage.js';

type Figures = Pick<Run, 'seconds' | 'cpuSeconds' | 'peakBytes'>;

/** Slower than this, or a minute and more longer, and something is wrong. */
const LEAST_MB_PER_SECOND = 1;
const LEAST_TIMEOUT_SECONDS = 120;

/**
 * One run of a cell: from the submission of its objects to the last result.
 * @throws MidstateError CorruptRead when a digest is wrong; WorkerShutdown when the worker ends or takes too long
 */
export async function measureWorker(
  stage: TuneStage,
  worker: ClassWorker,
  cell: Cell,
  objects: readonly TuneObject[],
): Promise<Figures> {
  worker.limits.resetPeak();
  const before = worker.limits.usage();
  const startedAt = performance.now();
  const started: string[] = [];
  const work = Promise.all(objects.map(({ object }) => hash(stage, cell, object, started)));
  const results = await worker
    .whileWell(work, timeoutSeconds(cell), stage.stop)
    .catch(async (error: unknown) => {
      await giveUp(stage, started);
      await work.catch(() => undefined);
      throw error;
    });
  const seconds = (performance.now() - startedAt) / 1_000;
  results.forEach((sha1, index) => {
    if (cell.algorithms.includes('sha1')) requireDigest(objects[index]?.sha1, sha1, cell);
  });
  return { seconds, ...figuresOf(before, worker.limits.usage()) };
}

async function hash(
  { temporal, taskQueuePrefix }: TuneStage,
  { algorithms, memoryMB }: Cell,
  object: TuneObject['object'],
  started: string[],
): Promise<string | undefined> {
  const policy = { memoryClassMB: memoryMB, servedMemoryClassesMB: [memoryMB], taskQueuePrefix };
  const input = { object, algorithms, source: { kind: 'submit' as const }, policy };
  // A tuner that was killed leaves its job running on task queues that nobody serves any more.
  const { workflowId } = await startHashObject(temporal, input, true, 'TERMINATE_EXISTING');
  started.push(workflowId);
  const { outcome, digests } = await jobResult(temporal, workflowId);
  return outcome === 'hashed' ? digests.sha1 : outcome;
}

/** Ends the jobs of a run that failed, so that the next worker does not find them. */
async function giveUp({ temporal }: TuneStage, workflowIds: readonly string[]): Promise<void> {
  for (const workflowId of workflowIds) {
    await temporal.workflow
      .getHandle(workflowId)
      .terminate('tune: its worker ended')
      .catch((error: unknown) => {
        if (!(error instanceof WorkflowNotFoundError)) throw error; // it has ended by itself
      });
  }
}

/**
 * One run of Python's loop in limits of its own.
 * @throws MidstateError as `measureWorker`
 */
export async function measurePython(
  stage: TuneStage,
  python: string,
  cell: Cell,
  { object, sha1 }: TuneObject,
  group: string | undefined,
): Promise<Figures> {
  const limits = ClassLimits.create(group, cell.memoryMB);
  const [algorithm = 'sha1'] = cell.algorithms;
  const { bucket, key } = object;
  const { chunkSizeBytes } = cell;
  limits.resetPeak();
  try {
    const request = { python, bucket, key, algorithm, chunkSizeBytes, env: stage.workerEnv };
    const { digest, ...own } = await runPython(request, limits, {
      timeoutSeconds: timeoutSeconds(cell),
      stop: stage.stop,
    });
    if (algorithm === 'sha1') requireDigest(sha1, digest, cell);
    const peakBytes = limits.usage()?.peakBytes;
    return { ...own, ...(peakBytes === undefined ? {} : { peakBytes }) };
  } finally {
    await limits.remove();
  }
}

function timeoutSeconds(cell: Cell): number {
  return LEAST_TIMEOUT_SECONDS + bytesOf(cell) / 1e6 / LEAST_MB_PER_SECOND;
}

type Usage = ReturnType<ClassLimits['usage']>;

function figuresOf(before: Usage, after: Usage): Omit<Figures, 'seconds'> {
  if (after === undefined) return {};
  return { cpuSeconds: after.cpuSeconds - (before?.cpuSeconds ?? 0), peakBytes: after.peakBytes };
}

function requireDigest(expected: string | undefined, actual: string | undefined, cell: Cell): void {
  if (expected === actual) return;
  throw new MidstateError('CorruptRead', 'tune: a digest is wrong', {
    facts: { expected, actual, runner: cell.runner },
  });
}
