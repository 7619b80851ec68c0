import { Counter, type Registry } from 'prom-client';
import type { SinkReceipt } from '../../core/contracts.js';

const SINKS: readonly SinkReceipt['sink'][] = ['tags', 'sidecar'];
const STATUSES: readonly SinkReceipt['status'][] = ['written', 'refused', 'skipped'];

export type PublishMetrics = ReturnType<typeof createPublishMetrics>;

/** What a worker counts that writes digests to sinks: each worker does, for small objects or for large ones. */
export function createPublishMetrics(registry: Registry) {
  const sinkWrites = new Counter({
    name: 'midstate_sink_writes_total',
    help: 'Digests written to tags or sidecars, refused for good, or skipped because there was nothing to do.',
    labelNames: ['sink', 'status'],
    registers: [registry],
  });
  for (const sink of SINKS) for (const status of STATUSES) sinkWrites.inc({ sink, status }, 0);
  return { sinkWrites };
}
