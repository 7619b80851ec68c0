import type { ActivityInterceptorsFactory, RuntimeOptions, WorkerOptions } from '@temporalio/worker';
import type { ListenAddress } from '../../core/listen-address.js';
import type { MemoryClassMB } from '../../core/memory-classes.js';
import type { ReadMeter } from '../../core/ports.js';
import type { ProcessLabels } from '../process-labels.js';
import type { Readiness } from '../readiness.js';
import { createHashMetrics } from './hash-metrics.js';
import { meterHashing, meterPublishing } from './meter-activities.js';
import { createPublishMetrics } from './publish-metrics.js';
import { installRuntimeWithMetrics, startJobMetrics } from './sdk-metrics.js';
import { startMetrics } from './start-metrics.js';

export interface WorkerMetricsOptions {
  readonly address: ListenAddress;
  readonly labels: ProcessLabels;
  readonly memoryMB: MemoryClassMB | undefined;
  readonly details: Readonly<Record<string, string>>;
  readonly readiness: Readiness;
  readonly runtime: RuntimeOptions;
}

export interface WorkerMetrics {
  readonly url: string;
  interceptor(kind: 'hash' | 'workflows'): ActivityInterceptorsFactory;
  /** Counts on, besides the meter given. */
  meter(meter: ReadMeter): ReadMeter;
  /** Prepares the counters of the jobs that a workflow worker of these options runs. */
  startJobMetrics(options: WorkerOptions): void;
  readonly close: () => Promise<void>;
}

/**
 * Installs Temporal's runtime with metrics, and serves them with the worker's own.
 * @throws MidstateError InvalidInput when the address cannot be listened on
 */
export async function startWorkerMetrics(options: WorkerMetricsOptions): Promise<WorkerMetrics> {
  const { labels, memoryMB, runtime } = options;
  const sdk = await installRuntimeWithMetrics(runtime, labels);
  const { registry, url, close } = await startMetrics({ ...options, sdk });
  const publish = createPublishMetrics(registry);
  const hash = memoryMB === undefined ? undefined : createHashMetrics(registry, memoryMB);
  return {
    url,
    close,
    interceptor: (kind) =>
      kind === 'hash' && hash !== undefined ? meterHashing(hash, publish) : meterPublishing(publish),
    meter: (meter) => ({
      add(byteCount) {
        meter.add(byteCount);
        hash?.readBytes.inc(byteCount);
      },
    }),
    startJobMetrics: ({ namespace = 'default', taskQueue }) => {
      startJobMetrics(namespace, taskQueue);
    },
  };
}
