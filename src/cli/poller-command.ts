import type { Client } from '@temporalio/client';
import type { Command } from 'commander';
import { loadConfig, type Config } from '../config.js';
import { MidstateError } from '../core/failures.js';
import { DEFAULT_POLLER_SETTINGS } from '../ingest/poller/poller-settings.js';
import { runPoller } from '../ingest/poller/run-poller.js';
import { createProcessLogger } from '../observability/create-process-logger.js';
import type { Logger } from '../observability/logger.js';
import { logEvents } from '../observability/log-events.js';
import { observePoller, type PollerObservation } from '../observability/observe-poller.js';
import { readVersion } from '../read-version.js';
import { composeStarter } from '../starter/compose-starter.js';
import { createSqsClient } from '../storage/sqs-client.js';
import { createSqsMessageQueue } from '../storage/sqs-message-queue.js';
import { openClient } from '../starter/open-client.js';
import { temporalAnswers } from '../temporal/temporal-connection.js';
import { stopOnSignal } from './stop-on-signal.js';

interface PollerOptions {
  readonly queueUrl?: string;
  readonly algorithms?: string;
  readonly publish?: string;
  readonly policyFile?: string;
}

export function addPollerCommand(program: Command): void {
  program
    .command('poller')
    .description('start a job for each upload event in the queue; until Ctrl-C')
    .option('--queue-url <url>', 'SQS queue with the events (default: MIDSTATE_QUEUE_URL)')
    .option('--algorithms <list>', 'digests to compute, e.g. sha1,sha256')
    .option('--publish <list>', 'write digests to tags, sidecar, or both')
    .option('--policy-file <file>', 'what is hashed, and how; read again when it changes, or on SIGHUP')
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
  // Requests beside the polls: deletes, renewals of holds.
  const sqs = createSqsClient({ ...config.aws, connections: config.maxPolls + 20 });
  const queue = createSqsMessageQueue(sqs, queueUrl);
  const observation = await observePoller(config, { queue, queueUrl, version: readVersion() }, logger);
  const { plugins, readiness } = observation;
  readiness.add('temporal', () => 'not connected yet');
  try {
    const client = await openClient(config, plugins);
    readiness.add('temporal', () => temporalAnswers(client.connection));
    try {
      await pollWith(config, client, { observation, logger });
    } finally {
      await client.connection.close();
    }
    logger.info('poller stopped');
  } finally {
    await observation.stop();
  }
}

interface Watching {
  readonly observation: PollerObservation;
  readonly logger: Logger;
}

async function pollWith(config: Config, client: Client, { observation, logger }: Watching): Promise<void> {
  const { queue, watch } = observation;
  const log = logEvents(logger);
  const starter = await composeStarter({
    config,
    client,
    log,
    meterStarts: (start) => observation.meterStarts(start),
  });
  const { queueUrl, algorithms, policyFile, maxInHand, maxPolls } = config;
  logger.info('poller started', { queueUrl, algorithms, policyFile });
  const stop = stopOnSignal();
  process.on('SIGHUP', () => {
    starter.reloadPolicy();
  });
  const settings = { ...DEFAULT_POLLER_SETTINGS, maxInHand, maxPolls };
  const { createStartUpload } = starter;
  try {
    await runPoller({ queue, log, createStartUpload, watch }, stop, settings);
  } finally {
    starter.stop();
  }
}
