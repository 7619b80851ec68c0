import { WorkflowNotFoundError } from '@temporalio/client';
import { MidstateError } from '../core/failures.js';
import { jobResult } from '../temporal/job-result.js';
import { startHashObject } from '../temporal/start-hash-object.js';
import { bytesOf, type Cell } from './cell.js';
import { figuresOf } from './class-worker.js';
import type { ClassLimits } from './holders/holder.js';
import { runPython } from './python-peer.js';
import type { Run } from './state-file.js';
import type { TuneObject } from './tune-objects.js';
import type { TuneStage } from './tune-stage.js';
import type { CellWorker, WorkerFigures } from './worker-host.js';

type Figures = Pick<Run, 'seconds'> & WorkerFigures;

/** Slower than this, or a minute and more longer, and something is wrong. */
const LEAST_MB_PER_SECOND = 1;
const LEAST_TIMEOUT_SECONDS = 120;

/**
 * One run of a cell: from the submission of its objects to the last result.
 * @throws MidstateError CorruptRead when a digest is wrong; WorkerShutdown when the worker ends or takes too long
 */
export async function measureWorker(
  stage: TuneStage,
  worker: CellWorker,
  cell: Cell,
  objects: readonly TuneObject[],
): Promise<Figures> {
  await worker.begin();
  const seconds = await hashObjects(stage, worker, cell, objects);
  return { seconds, ...(await worker.figures()) };
}

/**
 * Has the worker hash the objects, all at once, and compares their digests; gives the seconds it took.
 * @throws MidstateError as `measureWorker`
 */
export async function hashObjects(
  stage: TuneStage,
  worker: CellWorker,
  cell: Cell,
  objects: readonly TuneObject[],
): Promise<number> {
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
  return seconds;
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
  limits: ClassLimits,
): Promise<Figures> {
  const [algorithm = 'sha1'] = cell.algorithms;
  const { bucket, key } = object;
  const { chunkSizeBytes } = cell;
  await limits.resetPeak();
  const before = await limits.usage();
  try {
    const request = { python, bucket, key, algorithm, chunkSizeBytes, env: stage.workerEnv };
    const { digest, ...own } = await runPython(request, limits, {
      timeoutSeconds: timeoutSeconds(cell),
      stop: stage.stop,
    });
    if (algorithm === 'sha1') requireDigest(sha1, digest, cell);
    return { ...figuresOf(before, await limits.usage()), ...own };
  } finally {
    await limits.remove();
  }
}

function timeoutSeconds(cell: Cell): number {
  return LEAST_TIMEOUT_SECONDS + bytesOf(cell) / 1e6 / LEAST_MB_PER_SECOND;
}

function requireDigest(expected: string | undefined, actual: string | undefined, cell: Cell): void {
  if (expected === actual) return;
  throw new MidstateError('CorruptRead', 'tune: a digest is wrong', {
    facts: { expected, actual, runner: cell.runner },
  });
}
