import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { ProcessLabels } from '../process-labels.js';

/**
 * The registry of one process: its labels on every series, the process's own figures (memory, processor, event loop),
 * and `midstate_info`.
 *
 * @param details labels of `midstate_info`: version, engine
 */
export function createRegistry(labels: ProcessLabels, details: Readonly<Record<string, string>>): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ ...labels });
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: 'midstate_info',
    help: 'Always 1; its labels tell what runs here.',
    labelNames: Object.keys(details),
    registers: [registry],
  }).set({ ...details }, 1);
  return registry;
}
