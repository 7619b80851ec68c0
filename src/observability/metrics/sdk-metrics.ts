import { once } from 'node:events';
import { get as httpGet, type IncomingMessage } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Runtime, type RuntimeOptions } from '@temporalio/worker';
import { JOB_METRICS } from '../../core/job-metrics.js';
import type { ProcessLabels } from '../process-labels.js';

const LOOPBACK = '127.0.0.1';

/** Another process may take the port between the look and the start. */
const START_ATTEMPTS = 5;

const SCRAPE_TIMEOUT_MS = 2_000;

export interface SdkMetrics {
  /** The SDK's series in Prometheus text format. */
  scrape(): Promise<string>;
}

/**
 * Installs Temporal's runtime with its metrics on: the SDK serves them itself, on a port of its own, so that port is
 * one of loopback and the process's listener passes them on. Durations are in seconds.
 */
export async function installRuntimeWithMetrics(
  options: RuntimeOptions,
  labels: ProcessLabels,
): Promise<SdkMetrics> {
  for (let attempt = 1; ; attempt++) {
    const bindAddress = `${LOOPBACK}:${String(await freePort())}`;
    try {
      Runtime.install({
        ...options,
        telemetryOptions: {
          ...options.telemetryOptions,
          metrics: {
            prometheus: { bindAddress, unitSuffix: true, useSecondsForDurations: true },
            attachServiceName: false,
            globalTags: { ...labels },
          },
        },
      });
    } catch (error) {
      if (attempt === START_ATTEMPTS) throw error;
      continue;
    }
    return { scrape: () => get(`http://${bindAddress}/metrics`) };
  }
}

/** Puts the workflows' counters there at zero, so that the first mismatch or failure is seen as an increase. */
export function startJobMetrics(namespace: string, taskQueue: string): void {
  const { metricMeter } = Runtime.instance();
  // The tags that the SDK gives to what a workflow counts, under the names it gives them.
  const tags = { namespace, taskQueue, workflowType: 'hashObject' };
  for (const { name, help, label, values } of Object.values(JOB_METRICS)) {
    const counter = metricMeter.createCounter(name, '', help);
    for (const value of values) counter.add(0, { ...tags, [label]: value });
  }
}

/** By `node:http`, which the listener has loaded already: `fetch` would take 17 MB of resident memory more. */
async function get(url: string): Promise<string> {
  const request = httpGet(url, { signal: AbortSignal.timeout(SCRAPE_TIMEOUT_MS) });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return await text(response);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, LOOPBACK);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
