import { MidstateError } from '../core/failures.js';
import { cellId, describeCell, type Cell } from './cell.js';
import { hashObjects, measureWorker } from './measure-cell.js';
import type { Block } from './run-order.js';
import type { Run, StateFile } from './state-file.js';
import type { TuneObjects } from './tune-objects.js';
import type { TuneProgress } from './tune-progress.js';
import type { TuneStage } from './tune-stage.js';
import type { CellWorker, WorkerFigures, WorkerHost } from './worker-host.js';

export interface BlockMeans {
  readonly host: WorkerHost;
  readonly state: StateFile;
  readonly stage: TuneStage;
  readonly objects: TuneObjects;
  readonly progress: TuneProgress;
  /** Smallest object of the matrix. */
  readonly warmUpBytes: number;
  readonly stop: AbortSignal;
}

/** The runs of one worker's life; a worker that ends in the middle is followed by another. */
export class BlockRun {
  #worker: CellWorker | undefined;

  constructor(private readonly means: BlockMeans) {}

  /** @throws MidstateError WorkerShutdown when it is stopped; what is no fault of a worker */
  async run(block: Block): Promise<void> {
    const { stop, state, progress } = this.means;
    try {
      for (const cell of block.cells) {
        if (stop.aborted) throw interrupted();
        const run = await this.#runCell(block, cell);
        state.add(run);
        progress.finished(cell, run);
      }
    } finally {
      await this.#endWorker();
    }
  }

  async #runCell(block: Block, cell: Cell): Promise<Run> {
    const { progress, objects, host, stage, stop } = this.means;
    const made = await objects.objectsFor(cell);
    const [first] = made;
    const id = { kind: 'run', cell: cellId(cell), round: block.round } as const;
    progress.started(cell);
    try {
      if (cell.runner === 'python' && first !== undefined && host.measurePython !== undefined)
        return { ...id, ...(await host.measurePython(stage, cell, first)) };
      const worker = (this.#worker ??= await this.#startWorker(block, cell));
      const figures = await measureWorker(stage, worker, cell, made);
      if (worker.isOver) this.#worker = undefined;
      return { ...id, ...figures };
    } catch (error) {
      if (stop.aborted) throw interrupted();
      if (!(error instanceof MidstateError) || error.failure !== 'WorkerShutdown') throw error;
      progress.say(`${describeCell(cell)}: ${error.message}`);
      return { ...id, ...(await this.#endWorker()), failure: error.message.split('\n')[0] ?? '' };
    }
  }

  /** A worker that has hashed its first object: code that is not compiled yet is nobody's run. */
  async #startWorker({ setup }: Block, cell: Cell): Promise<CellWorker> {
    const { host, stage, objects, warmUpBytes } = this.means;
    const worker = await host.start(stage, setup);
    this.#worker = worker;
    const warmUp = { ...cell, objectBytes: warmUpBytes, objectsAtOnce: 1 };
    await hashObjects(stage, worker, warmUp, await objects.objectsFor(warmUp));
    return worker;
  }

  async #endWorker(): Promise<Pick<WorkerFigures, 'billedGBSeconds'>> {
    const worker = this.#worker;
    this.#worker = undefined;
    return (await worker?.stop()) ?? {};
  }
}

export function interrupted(): MidstateError {
  return new MidstateError(
    'WorkerShutdown',
    'tune: interrupted; what was measured is kept: the same command goes on from there',
  );
}
