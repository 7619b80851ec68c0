import type { Command } from 'commander';
import { loadConfig, policyOf } from '../config.js';
import { MidstateError } from '../core/failures.js';
import { runPoller } from '../ingest/poller.js';
import { createProcessLogger } from '../observability/create-process-logger.js';
import { observePoller } from '../observability/observe-poller.js';
import { readVersion } from '../read-version.js';
import { startHashObject } from '../temporal/start-hash-object.js';
import { createSqsClient } from '../storage/aws-clients.js';
import { createSqsMessageQueue } from '../storage/sqs-message-queue.js';
import { connectClient, temporalAnswers } from '../temporal/temporal-connection.js';
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
  const { queueUrl } = config;
  const logger = createProcessLogger(config, { role: 'poller' });
  const sqs = createSqsClient({ ...config.aws, connections: 100 });
  const observation = await observePoller(
    config,
    { queue: createSqsMessageQueue(sqs, queueUrl), queueUrl, version: readVersion() },
    logger,
  );
  const { plugins, readiness } = observation;
  readiness.add('temporal', () => 'not connected yet');
  try {
    const client = await connectClient(undefined, plugins);
    readiness.add('temporal', () => temporalAnswers(client.connection));
    const stop = stopOnSignal();
    logger.info('poller started', { queueUrl, algorithms: config.algorithms });
    await runPoller(
      {
        queue: observation.queue,
        log: (event, facts) => {
          if (facts.error === undefined) logger.info(event, facts);
          else logger.warn(event, facts);
        },
        start: observation.meterStarts((upload) =>
          startHashObject(client, {
            ...upload,
            algorithms: config.algorithms,
            policy: policyOf(config, upload.object),
          }),
        ),
        watch: observation.watch,
      },
      stop,
    );
    await client.connection.close();
    logger.info('poller stopped');
  } finally {
    await observation.stop();
  }
}
