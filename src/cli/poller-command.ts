import type { Command } from 'commander';
import { loadConfig } from '../config.js';
import { MidstateError } from '../core/failures.js';
import { stopOnSignal } from './stop-on-signal.js';
import { logEvent } from './output.js';

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
  const [{ runPoller }, { DEFAULT_POLLER_SETTINGS }, { composeStarter }, { connectClient }, sqs, aws] =
    await Promise.all([
      import('../ingest/poller/run-poller.js'),
      import('../ingest/poller/poller-settings.js'),
      import('../starter/compose-starter.js'),
      import('../temporal/connect-client.js'),
      import('../storage/sqs-message-queue.js'),
      import('../storage/sqs-client.js'),
    ]);
  const client = await connectClient();
  const connections = config.maxPolls + 20;
  const queue = sqs.createSqsMessageQueue(
    aws.createSqsClient({ region: config.aws.region, connections }),
    config.queueUrl,
  );
  const starter = await composeStarter({ config, client, log: logEvent });
  const stop = stopOnSignal();
  process.on('SIGHUP', () => {
    starter.reloadPolicy();
  });
  logEvent('poller started', {
    queueUrl: config.queueUrl,
    algorithms: config.algorithms,
    policyFile: config.policyFile,
    ...(await queue.traits().catch(() => ({}))),
  });
  const settings = { ...DEFAULT_POLLER_SETTINGS, maxInHand: config.maxInHand, maxPolls: config.maxPolls };
  try {
    await runPoller(
      { queue, log: logEvent, createStartUpload: (gate) => starter.createStartUpload(gate) },
      stop,
      settings,
    );
  } finally {
    starter.stop();
    await client.connection.close();
  }
  logEvent('poller stopped');
}
