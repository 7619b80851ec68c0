import type { ListenAddress } from '../../core/listen-address.js';
import type { MessageWatch } from '../../ingest/poller/message-watch.js';
import type { QueueEvents } from '../observed-queue.js';
import type { Readiness } from '../readiness.js';
import { messageCounter, meterStarts, queueCounter, type Start } from './meter-poller.js';
import { createPollerMetrics } from './poller-metrics.js';
import { startMetrics } from './start-metrics.js';

export interface RunningPollerMetrics {
  readonly url: string;
  readonly queueEvents: QueueEvents;
  readonly watch: MessageWatch;
  meterStarts(start: Start): Start;
  readonly close: () => Promise<void>;
}

/**
 * Serves a poller's metrics and health.
 * @throws MidstateError InvalidInput when the address cannot be listened on
 */
export async function startPollerMetrics(
  address: ListenAddress,
  version: string,
  readiness: Readiness,
): Promise<RunningPollerMetrics> {
  const labels = { role: 'poller' } as const;
  const { registry, url, close } = await startMetrics({ address, labels, details: { version }, readiness });
  const metrics = createPollerMetrics(registry);
  return {
    url,
    close,
    queueEvents: queueCounter(metrics),
    watch: messageCounter(metrics),
    meterStarts: (start) => meterStarts(start, metrics),
  };
}
