import type { WorkerOptions } from '@temporalio/worker';
import type { ObjectStore } from '../../core/ports.js';
import type { ProcessLabels } from '../process-labels.js';
import { startTracing } from './start-tracing.js';
import { traceObjects } from './traced-activities.js';
import { tracedStore } from './traced-store.js';

export interface WorkerTracing {
  configure(options: WorkerOptions): WorkerOptions;
  store(store: ObjectStore): ObjectStore;
  flush(): Promise<void>;
  stop(): Promise<void>;
}

/** Spans of workflows, activities, and of the store's requests inside them. */
export function startWorkerTracing(labels: ProcessLabels, version: string): WorkerTracing {
  const { plugin, tracer, flush, stop } = startTracing(labels, version);
  return {
    // Applied here, and not as `plugins`, so that its activity span is open when our interceptors run.
    configure: (options) => {
      const { interceptors, ...traced } = plugin.configureWorker(options);
      const activity = [...(interceptors?.activity ?? []), traceObjects()];
      return { ...traced, interceptors: { ...interceptors, activity } };
    },
    store: (store) => tracedStore(store, tracer),
    flush,
    stop,
  };
}
