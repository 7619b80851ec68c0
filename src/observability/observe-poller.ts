import type { ClientPlugin } from '@temporalio/client';
import type { Config } from '../config.js';
import type { MessageQueue } from '../core/ports.js';
import type { MessageWatch } from '../ingest/poller/message-watch.js';
import type { Logger } from './logger.js';
import type { Start } from './metrics/meter-poller.js';
import { bothWatch } from './both-watch.js';
import { observeQueue } from './observed-queue.js';
import { createReadiness, type Readiness } from './readiness.js';

export interface ObservedPoller {
  readonly queue: MessageQueue;
  readonly queueUrl: string;
  readonly version: string;
}

/** What watches a poller process: logs always, metrics, health and traces where they are asked for. */
export interface PollerObservation {
  readonly readiness: Readiness;
  /** For the client that starts jobs. */
  readonly plugins: ClientPlugin[];
  readonly queue: MessageQueue;
  readonly watch: MessageWatch;
  /** Each start that Temporal is asked for goes through it. */
  meterStarts(start: Start): Start;
  /** Sends what is left to send, and stops listening. */
  stop(): Promise<void>;
}

/**
 * Starts what the configuration asks for; the code of metrics and of traces is loaded only then.
 * @throws MidstateError InvalidInput when the address for metrics cannot be listened on
 */
export async function observePoller(
  config: Config,
  poller: ObservedPoller,
  logger: Logger,
): Promise<PollerObservation> {
  const readiness = createReadiness();
  const metrics = await startMetrics(config, poller.version, readiness);
  if (metrics !== undefined) logger.info('metrics and health are served', { url: metrics.url });
  const tracing = config.traces
    ? (await import('./tracing/poller-tracing.js')).startPollerTracing(poller.queueUrl, poller.version)
    : undefined;
  const queue = observeQueue(poller.queue, metrics?.queueEvents);
  readiness.add('queue', () => queue.trouble());
  return {
    readiness,
    plugins: tracing === undefined ? [] : [tracing.plugin],
    queue,
    watch: bothWatch(tracing?.watch, metrics?.watch),
    meterStarts: (start) => metrics?.meterStarts(start) ?? start,
    stop: async () => {
      await Promise.all([metrics?.close(), tracing?.stop()]);
    },
  };
}

async function startMetrics({ metricsAddress }: Config, version: string, readiness: Readiness) {
  if (metricsAddress === undefined) return undefined;
  const { startPollerMetrics } = await import('./metrics/start-poller-metrics.js');
  return await startPollerMetrics(metricsAddress, version, readiness);
}
