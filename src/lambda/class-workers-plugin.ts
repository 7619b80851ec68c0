import { Worker, type WorkerOptions, type WorkerPlugin } from '@temporalio/worker';
import type { MemoryWatch } from '../worker/memory-watch.js';
import type { SlotPool } from '../worker/slot-pool.js';

/** Made afresh for each invocation: what an invocation that was cut short left behind must not count in the next. */
export interface InvocationMeans {
  readonly slots: SlotPool;
  readonly watch: MemoryWatch;
  readonly ranges: WorkerOptions;
  readonly small: WorkerOptions;
}

/** Of the options that `@temporalio/lambda-worker` gives its worker, those that ours are made from. */
export type GivenOptions = Pick<
  WorkerOptions,
  'connection' | 'namespace' | 'identity' | 'workerDeploymentOptions'
>;

export interface ClassWorkersSettings {
  readonly prepare: (given: GivenOptions) => InvocationMeans;
  /** Without work for so long, the invocation ends: an idle function costs what a busy one does. */
  readonly idleMs: number;
  /** Makes the second worker. Default: `Worker.create`. */
  readonly createWorker?: (options: WorkerOptions) => Promise<Worker>;
}

/** How often the two workers are looked at. */
const LOOK_INTERVAL_MS = 100;

/**
 * Makes of the one worker of `@temporalio/lambda-worker` the two of a memory class, which share their slots: the second,
 * for small objects, runs beside the first and stops with it. Ends both once there has been nothing to do.
 */
export class ClassWorkersPlugin implements WorkerPlugin {
  readonly name = 'midstate-class-workers';
  #means: InvocationMeans | undefined;

  constructor(private readonly settings: ClassWorkersSettings) {}

  configureWorker(options: WorkerOptions): WorkerOptions {
    const { connection, namespace, identity, workerDeploymentOptions, plugins } = options;
    this.#means = this.settings.prepare({
      ...(connection === undefined ? {} : { connection }),
      ...(namespace === undefined ? {} : { namespace }),
      ...(identity === undefined ? {} : { identity }),
      ...(workerDeploymentOptions === undefined ? {} : { workerDeploymentOptions }),
    });
    return { ...this.#means.ranges, plugins: plugins ?? [] };
  }

  async runWorker(first: Worker, next: (worker: Worker) => Promise<void>): Promise<void> {
    const means = this.#means;
    if (means === undefined) throw new Error('a worker was run that was not configured');
    const { createWorker = (options: WorkerOptions) => Worker.create(options) } = this.settings;
    const second = await createWorker(means.small);
    const workers = [first, second];
    const stopLooking = this.#look(workers, means.slots);
    means.watch.start();
    try {
      const runs = [next(first), second.run()];
      // One that fails takes the other along; both are waited for, so that nothing runs on in a frozen process.
      for (const run of runs)
        run.catch(() => {
          workers.forEach(stop);
        });
      const ends = await Promise.allSettled(runs);
      const failed = ends.find((end) => end.status === 'rejected');
      if (failed !== undefined) throw failed.reason;
    } finally {
      stopLooking();
      means.watch.stop();
    }
  }

  /** Stops both workers when one of them stops, or when they have been idle. */
  #look(workers: readonly Worker[], slots: SlotPool): () => void {
    let busyAtMs = Date.now();
    const timer = setInterval(() => {
      if (slots.isWorking) busyAtMs = Date.now();
      const isIdle = Date.now() - busyAtMs >= this.settings.idleMs;
      const isStopping = workers.some((worker) => STOPPING.has(worker.getState()));
      if (isIdle || isStopping) workers.forEach(stop);
    }, LOOK_INTERVAL_MS);
    return () => {
      clearInterval(timer);
    };
  }
}

const STOPPING: ReadonlySet<string> = new Set(['STOPPING', 'DRAINING', 'DRAINED', 'STOPPED', 'FAILED']);

function stop(worker: Worker): void {
  if (worker.getState() === 'RUNNING') worker.shutdown();
}
