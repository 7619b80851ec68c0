import type { RuntimeOptions, WorkerOptions } from '@temporalio/worker';
import type { Config } from '../config.js';
import type { MemoryClass } from '../core/memory-classes.js';
import type { ObjectStore, ReadMeter } from '../core/ports.js';
import { logActivities } from './log-activities.js';
import type { Logger } from './logger.js';
import { runtimeOptions } from './observe-worker.js';
import { workerLabels } from './process-labels.js';

/** What watches a worker in a Lambda function: logs, and traces where they are asked for. Nothing can scrape it. */
export interface LambdaWorkerObservation {
  /** For Temporal's runtime, which `@temporalio/lambda-worker` installs. */
  readonly runtime: RuntimeOptions;
  /** Adds what watches to the options of a worker. */
  configure(options: WorkerOptions): WorkerOptions;
  /** Counts on, besides the meter given. */
  meter(meter: ReadMeter): ReadMeter;
  /** Traces the requests of a store. */
  store(store: ObjectStore): ObjectStore;
  /** Sends what there is to send, before the function is frozen. */
  flush(): Promise<void>;
}

/** Starts what the configuration asks for; the code of traces is loaded only then. */
export async function observeLambdaWorker(
  config: Config,
  { memoryMB }: MemoryClass,
  { logger, version }: { readonly logger: Logger; readonly version: string },
): Promise<LambdaWorkerObservation> {
  const labels = workerLabels(memoryMB, false);
  const tracing = config.traces
    ? (await import('./tracing/worker-tracing.js')).startWorkerTracing(labels, version)
    : undefined;
  return {
    // Lambda ends the process as it sees fit: there is no signal to wait for.
    runtime: { ...runtimeOptions(logger), shutdownSignals: [] },
    configure: (options) => {
      const traced = tracing?.configure(options) ?? options;
      const { activity = [], ...interceptors } = traced.interceptors ?? {};
      return { ...traced, interceptors: { ...interceptors, activity: [...activity, logActivities()] } };
    },
    meter: (meter) => meter,
    store: (store) => tracing?.store(store) ?? store,
    flush: async () => {
      await tracing?.flush();
    },
  };
}
