import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from 'commander';
import { loadConfig } from '../config.js';
import { MidstateError } from '../core/failures.js';
import { EventBridge } from '../local/event-bridge.js';
import { provisionBucket } from '../local/provision-bucket.js';
import { createS3Client, createSqsClient } from '../storage/aws-clients.js';
import { logEvent } from './output.js';
import { stopOnSignal } from './stop-on-signal.js';

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
      logEvent(line);
    },
  });
  // The S3 server starts only once its webhook answers, so the bridge listens before there is a bucket.
  await eventBridge.listen();
  while (!stop.aborted) {
    try {
      await provisionBucket(s3, options.bucket, false);
      break;
    } catch (error) {
      logEvent('waiting for the S3 server', {
        error: error instanceof Error ? error.message : String(error),
      });
      await delay(RETRY_MS, undefined, { signal: stop }).catch(() => undefined);
    }
  }
  eventBridge.startSweeps();
  logEvent('bridge started', { bucket: options.bucket, queueUrl: config.queueUrl });
  if (!stop.aborted) {
    await new Promise((done) => {
      stop.addEventListener('abort', done, { once: true });
    });
  }
  await eventBridge.dispose();
}
