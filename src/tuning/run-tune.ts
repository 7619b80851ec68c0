import type { Config } from '../config.js';
import { requireDiskSpace } from '../demo/require-disk-space.js';
import { BlockRun } from './block-run.js';
import type { Holder } from './holders/holder.js';
import { openLambdaHost, type LambdaPlace } from './lambda/lambda-host.js';
import { createLocalHost } from './local-host.js';
import { cellsOf, type Matrix } from './matrix.js';
import { orderRuns, type Block } from './run-order.js';
import { StateFile } from './state-file.js';
import { TuneObjects } from './tune-objects.js';
import type { TuneProgress } from './tune-progress.js';
import { cellResult, describeMachine, type NetworkShape, type TuneResult } from './tune-result.js';
import { openTuneStage } from './tune-stage.js';
import type { WorkerHost } from './worker-host.js';

export interface TuneOptions {
  readonly config: Config;
  readonly matrix: Matrix;
  /** Interpreter that has boto3; undefined leaves the peer out. */
  readonly python: string | undefined;
  readonly dataDir: string;
  readonly stateFile: string;
  readonly isFresh: boolean;
  /** Where the workers run: here, held by something, or as versions of a function, which reads the bucket of `place`. */
  readonly workers: { readonly holder: Holder } | { readonly lambda: LambdaPlace };
  readonly place: { readonly bucket: string; readonly prefix: string } | undefined;
  readonly network: NetworkShape;
  readonly progress: TuneProgress;
  readonly stop: AbortSignal;
}

/**
 * Measures every cell of the matrix, or goes on where an earlier run on the same state file was when it ended.
 * @throws MidstateError InvalidInput when the cost of runs on Lambda is not approved; WorkerShutdown when it is stopped; as the servers do
 */
export async function runTune(options: TuneOptions): Promise<TuneResult> {
  const { matrix, place, network, stateFile, isFresh, progress } = options;
  const cells = cellsOf(matrix);
  const host = await openHost(options);
  try {
    // Before what was measured is forgotten.
    if (isFresh) await host.approve(Array.from({ length: matrix.runs }, () => cells).flat());
    const state = await StateFile.open(stateFile, planOf(options, host), isFresh);
    const blocks = orderRuns(cells, matrix.runs, state.header.seed, (id, round) => state.isDone(id, round));
    if (blocks.length > 0) {
      if (!isFresh) await host.approve(blocks.flatMap((block) => block.cells));
      await runBlocks(options, host, state, blocks);
    }
    await host.close();
    return {
      format: 1,
      kind: 'midstate-tune',
      startedAt: state.header.startedAt,
      finishedAt: new Date().toISOString(),
      seed: state.header.seed,
      machine: describeMachine(),
      conditions: {
        ...host.conditions(state.runs),
        store:
          place === undefined
            ? 'the embedded S3 server (versitygw), HTTP on loopback'
            : `s3://${place.bucket}/${place.prefix}`,
        network,
      },
      matrix,
      cells: cells.map((cell) => cellResult(cell, state.runs)),
    };
  } catch (error) {
    // Closed already, or trying again: both do no harm. What failed first is the fault to tell.
    await host.close().catch((fault: unknown) => {
      progress.say(fault instanceof Error ? fault.message : String(fault));
    });
    throw error;
  }
}

async function openHost(options: TuneOptions): Promise<WorkerHost> {
  const { workers, python, stateFile, isFresh, matrix, config, progress, stop } = options;
  if ('holder' in workers) return createLocalHost({ holder: workers.holder, python, stateFile });
  const say = (line: string) => {
    progress.say(line);
  };
  const warmUpBytes = warmUpBytesOf(matrix);
  return await openLambdaHost({
    ...{ place: workers.lambda, stateFile, isFresh, warmUpBytes, env: config.env, say, stop },
  });
}

/** What tells one tuning from another: their runs are not mixed. */
function planOf({ matrix, place, network, workers }: TuneOptions, host: WorkerHost): unknown {
  const { confinement } = host.conditions([]);
  return {
    ...{ matrix, place, network, isUnconfined: confinement === 'none' },
    ...(confinement === 'none' || confinement === 'cgroup' ? {} : { confinement }),
    ...('lambda' in workers ? { lambda: workers.lambda.lambda.name } : {}),
  };
}

function warmUpBytesOf({ objectBytes }: Matrix): number {
  return Math.min(...objectBytes);
}

async function runBlocks(
  options: TuneOptions,
  host: WorkerHost,
  state: StateFile,
  blocks: readonly Block[],
): Promise<void> {
  const { config, dataDir, place, network, progress, stop, matrix } = options;
  await requireDiskSpace(dataDir, place === undefined ? neededBytes(blocks) : 0, {
    command: 'tune',
    elsewhere: '--data-dir',
  });
  const stage = await openTuneStage({
    config,
    dataDir,
    bucket: place?.bucket,
    network,
    report: (line) => {
      progress.say(line);
    },
    signal: stop,
  });
  const where = { bucket: stage.bucket, prefix: place?.prefix ?? '' };
  const objects = new TuneObjects(stage.s3, where, state, (sizeBytes) => {
    progress.say(`uploading an object of ${String(sizeBytes / 1e6)} MB`);
  });
  const setups = new Map(blocks.map(({ setup }) => [JSON.stringify(setup), setup]));
  try {
    await host.prepare(stage, [...setups.values()]);
    progress.begin(blocks.flatMap(({ cells }) => cells));
    const means = { host, state, stage, objects, progress, warmUpBytes: warmUpBytesOf(matrix), stop };
    for (const block of blocks) await new BlockRun(means).run(block);
    await objects.removeAll();
  } finally {
    progress.stop();
    await stage.close();
  }
}

/** Every object that is needed, and the largest once more while its parts are assembled. */
function neededBytes(blocks: readonly Block[]): number {
  const most = new Map<number, number>();
  for (const { objectBytes, objectsAtOnce } of blocks.flatMap(({ cells }) => cells)) {
    most.set(objectBytes, Math.max(most.get(objectBytes) ?? 0, objectsAtOnce));
  }
  const all = [...most].reduce((sum, [size, count]) => sum + size * count, 0);
  return all + Math.max(...most.keys()) + 200_000_000;
}
