import { Runtime, type RuntimeOptions, type WorkerOptions } from '@temporalio/worker';
import type { Config } from '../config.js';
import type { MemoryClass } from '../core/memory-classes.js';
import type { ObjectStore, ReadMeter } from '../core/ports.js';
import { logActivities } from './log-activities.js';
import type { Logger } from './logger.js';
import type { WorkerMetrics } from './metrics/worker-metrics.js';
import { workerLabels } from './process-labels.js';
import { createReadiness, type Readiness } from './readiness.js';
import { createSdkLogger } from './sdk-logger.js';

export interface ObservedWorker {
  /** Of a worker that hashes. */
  readonly memory?: MemoryClass | undefined;
  readonly workflows: boolean;
  readonly version: string;
  /** Name of the hash engine. */
  readonly engine: string;
}

/** What watches a worker process: logs always, metrics, health and traces where they are asked for. */
export interface WorkerObservation {
  /** Asked by `/readyz`. */
  readonly readiness: Readiness;
  /** True when workflows must run from the bundle that has the tracing interceptors. */
  readonly traces: boolean;
  /** Adds what watches to the options of a worker that hashes, or of one that runs workflows. */
  configure(options: WorkerOptions, kind: 'hash' | 'workflows'): WorkerOptions;
  /** Counts on, besides the meter given. */
  meter(meter: ReadMeter): ReadMeter;
  /** Traces the requests of a store. */
  store(store: ObjectStore): ObjectStore;
  /** Sends what is left to send, and stops listening. */
  stop(): Promise<void>;
}

/**
 * Installs Temporal's runtime with the logger given, and starts what the configuration asks for. The code of metrics
 * and of traces is loaded only then: a small worker without them pays nothing for it.
 * @throws MidstateError InvalidInput when the address for metrics cannot be listened on
 */
export async function observeWorker(
  config: Config,
  worker: ObservedWorker,
  logger: Logger,
): Promise<WorkerObservation> {
  const labels = workerLabels(worker.memory?.memoryMB, worker.workflows);
  const readiness = createReadiness();
  const metrics = await startMetrics(config, worker, logger, readiness);
  const tracing = config.traces
    ? (await import('./tracing/worker-tracing.js')).startWorkerTracing(labels, worker.version)
    : undefined;
  return {
    readiness,
    traces: tracing !== undefined,
    configure: (options, kind) => {
      if (kind === 'workflows') metrics?.startJobMetrics(options);
      const traced = tracing?.configure(options) ?? options;
      const { activity = [], ...interceptors } = traced.interceptors ?? {};
      const own = [...(metrics === undefined ? [] : [metrics.interceptor(kind)]), logActivities()];
      return { ...traced, interceptors: { ...interceptors, activity: [...activity, ...own] } };
    },
    meter: (meter) => metrics?.meter(meter) ?? meter,
    store: (store) => tracing?.store(store) ?? store,
    stop: async () => {
      await Promise.all([metrics?.close(), tracing?.stop()]);
    },
  };
}

async function startMetrics(
  { metricsAddress }: Config,
  { memory, workflows, version, engine }: ObservedWorker,
  logger: Logger,
  readiness: Readiness,
): Promise<WorkerMetrics | undefined> {
  const runtime = runtimeOptions(logger);
  if (metricsAddress === undefined) {
    Runtime.install(runtime);
    return undefined;
  }
  const { startWorkerMetrics } = await import('./metrics/worker-metrics.js');
  const metrics = await startWorkerMetrics({
    address: metricsAddress,
    labels: workerLabels(memory?.memoryMB, workflows),
    memory,
    details: { version, engine },
    readiness,
    runtime,
  });
  logger.info('metrics and health are served', { url: metrics.url });
  return metrics;
}

/** Options of Temporal's runtime: one form of log lines, for the SDK's two halves too. */
export function runtimeOptions(logger: Logger): RuntimeOptions {
  return {
    logger: createSdkLogger(logger),
    telemetryOptions: { logging: { forward: {}, filter: { core: 'WARN', other: 'ERROR' } } },
  };
}
