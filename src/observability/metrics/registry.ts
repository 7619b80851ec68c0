import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { ProcessLabels } from '../process-labels.js';

/** How often the event loop's delay is looked at; ten times less often than by default, for workers with a tenth of a CPU. */
const EVENT_LOOP_PRECISION_MS = 100;

/**
 * The registry of one process: its labels on every series, the process's own figures (memory, processor, event loop),
 * and `midstate_info`.
 *
 * @param details labels of `midstate_info`: version, engine
 */
export function createRegistry(labels: ProcessLabels, details: Readonly<Record<string, string>>): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ ...labels });
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: EVENT_LOOP_PRECISION_MS });
  new Gauge({
    name: 'midstate_info',
    help: 'Always 1; its labels tell what runs here.',
    labelNames: Object.keys(details),
    registers: [registry],
  }).set({ ...details }, 1);
  return registry;
}
