import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Config } from '../config.js';
import { MidstateError } from '../core/failures.js';
import { requireDiskSpace } from '../demo/require-disk-space.js';
import { Confinement } from '../local/process/confinement.js';
import { cellId, describeCell, type Cell } from './cell.js';
import { ClassWorker } from './class-worker.js';
import { cellsOf, type Matrix } from './matrix.js';
import { measurePython, measureWorker } from './measure-cell.js';
import { orderRuns, type Block } from './run-order.js';
import { StateFile, type Run } from './state-file.js';
import { TuneObjects } from './tune-objects.js';
import { cellResult, describeMachine, type NetworkShape, type TuneResult } from './tune-result.js';
import { openTuneStage, type TuneStage } from './tune-stage.js';

/** Who is told how far it is. */
export interface TuneProgress {
  /** Before the first run: all that are left, in their order. */
  begin(left: readonly Cell[]): void;
  started(cell: Cell): void;
  finished(cell: Cell, run: Run): void;
  say(line: string): void;
  stop(): void;
}

export interface TuneOptions {
  readonly config: Config;
  readonly matrix: Matrix;
  /** Interpreter that has boto3; undefined leaves the peer out. */
  readonly python: string | undefined;
  readonly dataDir: string;
  readonly stateFile: string;
  readonly isFresh: boolean;
  readonly isUnconfined: boolean;
  readonly place: { readonly bucket: string; readonly prefix: string } | undefined;
  readonly network: NetworkShape;
  readonly progress: TuneProgress;
  readonly stop: AbortSignal;
}

/**
 * Measures every cell of the matrix, or goes on where an earlier run on the same state file was when it ended.
 * @throws MidstateError AccessDenied where workers cannot be held to their class and `isUnconfined` is not set;
 *   WorkerShutdown when it is stopped; as the servers do
 */
export async function runTune(options: TuneOptions): Promise<TuneResult> {
  const { matrix, place, network, isUnconfined } = options;
  const cells = cellsOf(matrix);
  if (!isUnconfined) await requireConfinement();
  const plan = { matrix, place, network, isUnconfined };
  const state = await StateFile.open(options.stateFile, plan, options.isFresh);
  const blocks = orderRuns(cells, matrix.runs, state.header.seed, (id, round) => state.isDone(id, round));
  if (blocks.length > 0) await runBlocks(options, state, blocks);
  return {
    format: 1,
    kind: 'midstate-tune',
    startedAt: state.header.startedAt,
    finishedAt: new Date().toISOString(),
    seed: state.header.seed,
    machine: describeMachine(),
    conditions: {
      confinement: isUnconfined ? 'none' : 'cgroup',
      store:
        place === undefined
          ? 'the embedded S3 server (versitygw), HTTP on loopback'
          : `s3://${place.bucket}/${place.prefix}`,
      network,
    },
    matrix,
    cells: cells.map((cell) => cellResult(cell, state.runs)),
  };
}

async function requireConfinement(): Promise<void> {
  if (await Confinement.isPossible()) return;
  throw new MidstateError(
    'AccessDenied',
    'tune: nothing here can hold a worker to its memory class: control groups take root, or a tree that is delegated to ' +
      'this user (for example `systemd-run --user --scope -p Delegate=yes`); --unconfined measures without limits',
  );
}

async function runBlocks(options: TuneOptions, state: StateFile, blocks: readonly Block[]): Promise<void> {
  const { config, dataDir, place, network, progress, stop } = options;
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
  progress.begin(blocks.flatMap(({ cells }) => cells));
  try {
    for (const block of blocks) {
      await new BlockRun(options, state, stage, objects).run(block);
    }
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

/** The runs of one worker's life; a worker that ends in the middle is followed by another. */
class BlockRun {
  #worker: ClassWorker | undefined;
  readonly #group: string | undefined;

  constructor(
    private readonly options: TuneOptions,
    private readonly state: StateFile,
    private readonly stage: TuneStage,
    private readonly objects: TuneObjects,
  ) {
    // The same for the same state: a group that a killed run left behind is used again.
    const name = createHash('sha256').update(options.stateFile).digest('hex').slice(0, 12);
    this.#group = options.isUnconfined ? undefined : `midstate-tune-${name}`;
  }

  async run(block: Block): Promise<void> {
    try {
      for (const cell of block.cells) {
        if (this.options.stop.aborted) throw interrupted();
        const run = await this.#runCell(block, cell);
        this.state.add(run);
        this.options.progress.finished(cell, run);
      }
    } finally {
      await this.#worker?.stop();
    }
  }

  async #runCell(block: Block, cell: Cell): Promise<Run> {
    const { progress, python } = this.options;
    const made = await this.objects.objectsFor(cell);
    const [first] = made;
    const id = { kind: 'run', cell: cellId(cell), round: block.round } as const;
    progress.started(cell);
    try {
      if (cell.runner === 'python' && first !== undefined) {
        if (python === undefined) return { ...id, failure: 'there is no Python with boto3' };
        const group = this.#group === undefined ? undefined : `${this.#group}-python`;
        return { ...id, ...(await measurePython(this.stage, python, cell, first, group)) };
      }
      const worker = (this.#worker ??= await this.#startWorker(block, cell));
      return { ...id, ...(await measureWorker(this.stage, worker, cell, made)) };
    } catch (error) {
      if (this.options.stop.aborted) throw interrupted();
      if (!(error instanceof MidstateError) || error.failure !== 'WorkerShutdown') throw error;
      progress.say(`${describeCell(cell)}: ${error.message}`);
      await this.#dropWorker();
      return { ...id, failure: error.message.split('\n')[0] ?? '' };
    }
  }

  /** A worker that has hashed its first object: code that is not compiled yet is nobody's run. */
  async #startWorker({ setup }: Block, cell: Cell): Promise<ClassWorker> {
    const { workerEnv, logDir } = this.stage;
    const logFile = join(logDir, `worker-${String(setup.memoryMB)}.log`);
    const worker = ClassWorker.start({ setup, env: workerEnv, logFile, group: this.#group });
    this.#worker = worker;
    const smallest = Math.min(...this.options.matrix.objectBytes);
    const warmUp = { ...cell, objectBytes: smallest, objectsAtOnce: 1 };
    await measureWorker(this.stage, worker, warmUp, await this.objects.objectsFor(warmUp));
    return worker;
  }

  async #dropWorker(): Promise<void> {
    await this.#worker?.stop();
    this.#worker = undefined;
  }
}

function interrupted(): MidstateError {
  return new MidstateError(
    'WorkerShutdown',
    'tune: interrupted; what was measured is kept: the same command goes on from there',
  );
}
