import type { Command } from 'commander';
import { loadConfig, policyOf } from '../config.js';
import { MidstateError } from '../core/failures.js';
import { runPoller } from '../ingest/poller.js';
import { startHashObject } from '../temporal/start-hash-object.js';
import { createSqsClient } from '../storage/aws-clients.js';
import { createSqsMessageQueue } from '../storage/sqs-message-queue.js';
import { connectClient } from '../temporal/temporal-connection.js';
import { logEvent } from './output.js';
import { stopOnSignal } from './stop-on-signal.js';

interface PollerOptions {
  readonly queueUrl?: string;
  readonly algorithms?: string;
  readonly publish?: string;
}

export function addPollerCommand(program: Command): void {
  program
    .command('poller')
    .description('start a job for each upload event in the queue; until Ctrl-C')
    .option('--queue-url <url>', 'SQS queue with the S3 events (default: MIDSTATE_QUEUE_URL)')
    .option('--algorithms <list>', 'digests to compute, e.g. sha1,sha256')
    .option('--publish <list>', 'write digests to tags, sidecar, or both')
    .addHelpText(
      'after',
      '\nExample:\n  midstate poller --queue-url https://sqs.eu-west-1.amazonaws.com/1234/uploads',
    )
    .action(poll);
}

async function poll(options: PollerOptions): Promise<void> {
  const config = loadConfig({ ...options });
  if (config.queueUrl === undefined) {
    throw new MidstateError(
      'InvalidInput',
      'poller: expected the queue in --queue-url or MIDSTATE_QUEUE_URL, got none',
    );
  }
  const client = await connectClient();
  const queue = createSqsMessageQueue(
    createSqsClient({ region: config.aws.region, connections: 100 }),
    config.queueUrl,
  );
  const stop = stopOnSignal();
  logEvent('poller started', { queueUrl: config.queueUrl, algorithms: config.algorithms });
  await runPoller(
    {
      queue,
      log: logEvent,
      start: (upload) =>
        startHashObject(client, {
          ...upload,
          algorithms: config.algorithms,
          policy: policyOf(config, upload.object),
        }),
    },
    stop,
  );
  await client.connection.close();
  logEvent('poller stopped');
}
