import type { Cell, WorkerSetup } from './cell.js';
import type { Run } from './state-file.js';
import type { TuneObject } from './tune-objects.js';
import type { TuneConditions } from './tune-result.js';
import type { TuneStage } from './tune-stage.js';

/** What a run came to, besides its time. */
export type WorkerFigures = Pick<Run, 'cpuSeconds' | 'peakBytes' | 'billedGBSeconds'>;

/** A worker of one class with one setup. */
export interface CellWorker {
  /** Figures count from here. */
  begin(): Promise<void>;
  /**
   * Waits for work that this worker does.
   * @throws MidstateError WorkerShutdown when the worker ends meanwhile, the work takes too long, or is given up
   */
  whileWell<T>(work: Promise<T>, timeoutSeconds: number, stop: AbortSignal): Promise<T>;
  /** What it used since `begin`; a worker whose figures come at its end is ended for them. */
  figures(): Promise<WorkerFigures>;
  /** It does no further run. */
  readonly isOver: boolean;
  /** Ends it; gives what it was billed for that `figures` has not told. */
  stop(): Promise<Pick<WorkerFigures, 'billedGBSeconds'>>;
}

/** Where the workers of a tuning run: processes here that are held to their class, or versions of a Lambda function. */
export interface WorkerHost {
  /** How the result says where they ran. */
  conditions(runs: readonly Run[]): Pick<TuneConditions, 'confinement' | 'lambda'>;
  /**
   * Asks whether these runs may be done.
   * @throws MidstateError InvalidInput when they may not
   */
  approve(left: readonly Cell[]): Promise<void>;
  /** Before the first run. */
  prepare(stage: TuneStage, setups: readonly WorkerSetup[]): Promise<void>;
  start(stage: TuneStage, setup: WorkerSetup): Promise<CellWorker>;
  /**
   * One run of Python's loop in limits of its own; not there where none can run.
   * @throws MidstateError as a worker's run
   */
  readonly measurePython?: (
    stage: TuneStage,
    cell: Cell,
    object: TuneObject,
  ) => Promise<Pick<Run, 'seconds'> & WorkerFigures>;
  /** Takes away what was made for the runs; called in any case, also when they failed or were interrupted. */
  close(): Promise<void>;
}
