import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from 'commander';
import { loadConfig, type Config } from '../config.js';
import { MidstateError } from '../core/failures.js';
import { EventBridge } from '../local/event-bridge.js';
import { provisionBucket } from '../local/provision-bucket.js';
import { createProcessLogger } from '../observability/create-process-logger.js';
import { createReadiness, type Readiness } from '../observability/readiness.js';
import { readVersion } from '../read-version.js';
import { createS3Client } from '../storage/aws-clients.js';
import { createSqsClient } from '../storage/sqs-client.js';
import { stopOnSignal, untilAborted } from './stop-on-signal.js';

interface BridgeOptions {
  readonly bucket: string;
  readonly queueUrl?: string;
  readonly host: string;
  readonly port: string;
  readonly dataDir?: string;
}

const RETRY_MS = 1_000;

export function addBridgeCommand(program: Command): void {
  program
    .command('bridge')
    .description('local stack only: turn the S3 server’s webhook into the events that S3 itself would send')
    .option('--bucket <name>', 'bucket to watch; created if it is missing', 'midstate')
    .option('--queue-url <url>', 'SQS queue for the events (default: MIDSTATE_QUEUE_URL)')
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--port <port>', 'port to listen on', '7071')
    .option('--data-dir <folder>', 'where it notes which events were sent (default: .midstate)')
    .addHelpText('after', '\nExample:\n  midstate bridge --host 0.0.0.0 --bucket uploads')
    .action(bridge);
}

async function bridge(options: BridgeOptions): Promise<void> {
  const config = loadConfig({ queueUrl: options.queueUrl, dataDir: options.dataDir });
  const port = Number(options.port);
  if (config.queueUrl === undefined || !Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new MidstateError(
      'InvalidInput',
      'bridge: expected a queue in --queue-url or MIDSTATE_QUEUE_URL, and a port from 1 to 65535',
      { facts: { queueUrl: config.queueUrl ?? 'none', port: options.port } },
    );
  }
  const logger = createProcessLogger(config, { role: 'bridge' });
  const readiness = createReadiness();
  readiness.add('s3', () => 'the bucket has not been looked at yet');
  const metrics = await serveMetrics(config, readiness);
  if (metrics !== undefined) logger.info('metrics and health are served', { url: metrics.url });
  const stop = stopOnSignal();
  const s3 = createS3Client({ ...config.aws, idleTimeoutMs: 30_000, connections: 10 });
  const eventBridge = new EventBridge({
    s3,
    sqs: createSqsClient({ ...config.aws, connections: 10 }),
    bucket: options.bucket,
    queueUrl: config.queueUrl,
    port,
    host: options.host,
    dataDir: resolve(config.dataDir),
    report: (line) => {
      logger.info(line);
    },
  });
  // The S3 server starts only once its webhook answers, so the bridge listens before there is a bucket.
  await eventBridge.listen();
  while (!stop.aborted) {
    try {
      await provisionBucket(s3, options.bucket, false);
      break;
    } catch (error) {
      logger.warn('waiting for the S3 server', { error });
      await delay(RETRY_MS, undefined, { signal: stop }).catch(() => undefined);
    }
  }
  eventBridge.startSweeps();
  readiness.add('s3', () => undefined);
  logger.info('bridge started', { bucket: options.bucket, queueUrl: config.queueUrl });
  await untilAborted(stop);
  await eventBridge.dispose();
  await metrics?.close();
}

/** The process's own figures, and health; loaded only when asked for. */
async function serveMetrics({ metricsAddress }: Config, readiness: Readiness) {
  if (metricsAddress === undefined) return undefined;
  const { startMetrics } = await import('../observability/metrics/start-metrics.js');
  return await startMetrics({
    address: metricsAddress,
    labels: { role: 'bridge' },
    details: { version: readVersion() },
    readiness,
  });
}
