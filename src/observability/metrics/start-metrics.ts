import { Gauge, type Registry } from 'prom-client';
import type { ListenAddress } from '../../core/listen-address.js';
import type { ProcessLabels } from '../process-labels.js';
import type { Readiness } from '../readiness.js';
import type { HttpListener } from '../../listen-http.js';
import { listenForMetrics } from './metrics-listener.js';
import { createRegistry } from './registry.js';
import type { SdkMetrics } from './sdk-metrics.js';

export interface MetricsOptions {
  readonly address: ListenAddress;
  readonly labels: ProcessLabels;
  /** Labels of `midstate_info`. */
  readonly details: Readonly<Record<string, string>>;
  readonly readiness: Readiness;
  /** Of a worker. */
  readonly sdk?: SdkMetrics;
}

export interface Metrics extends HttpListener {
  readonly registry: Registry;
}

/**
 * Starts the listener of a process, with a registry for its own series; the SDK's follow them in each answer.
 * @throws MidstateError InvalidInput when the address cannot be listened on
 */
export async function startMetrics(options: MetricsOptions): Promise<Metrics> {
  const { sdk } = options;
  const registry = createRegistry(options.labels, options.details);
  const sdkAnswers =
    sdk &&
    new Gauge({
      name: 'midstate_sdk_metrics_up',
      help: 'Whether the series of Temporal’s SDK are in this answer.',
      registers: [registry],
    });
  const scrape = async () => {
    const ofSdk = await sdk?.scrape().catch(() => undefined);
    sdkAnswers?.set(ofSdk === undefined ? 0 : 1);
    return `${await registry.metrics()}${ofSdk ?? ''}`;
  };
  const listener = await listenForMetrics(options.address, scrape, options.readiness);
  return { ...listener, registry };
}
