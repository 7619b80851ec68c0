import type { Command } from 'commander';
import { loadConfig } from '../config.js';
import { SEARCH_ATTRIBUTES } from '../core/search-attributes.js';
import { createSqsClient } from '../storage/aws-clients.js';
import { provisionQueues } from '../storage/provision-queues.js';
import { registerSearchAttributes } from '../temporal/register-search-attributes.js';
import { connectClient } from '../temporal/connect-client.js';
import { printJson, printLine } from './output.js';

interface SetupOptions {
  readonly queue?: string;
  readonly dlq?: string;
  readonly json?: boolean;
}

export function addSetupCommand(program: Command): void {
  program
    .command('setup')
    .description(
      'register the search attributes on the Temporal server; create a queue with its dead-letter queue',
    )
    .option('--queue <name>', 'SQS queue to create, if it is missing')
    .option('--dlq <name>', 'its dead-letter queue (default: the queue’s name and -dlq)')
    .option('--json', 'print what was done as JSON')
    .addHelpText('after', '\nExample:\n  midstate setup --queue uploads')
    .action(setUp);
}

async function setUp(options: SetupOptions): Promise<void> {
  const config = loadConfig();
  const client = await connectClient();
  try {
    const registered = await registerSearchAttributes(client);
    const queues =
      options.queue === undefined
        ? undefined
        : await provisionQueues(
            createSqsClient({ region: config.aws.region, connections: 2 }),
            options.queue,
            options.dlq ?? `${options.queue}-dlq`,
          );
    if (options.json === true) {
      printJson({ searchAttributesRegistered: registered, ...queues });
      return;
    }
    const present = Object.keys(SEARCH_ATTRIBUTES).length - registered.length;
    printLine(`search attributes: ${String(registered.length)} registered, ${String(present)} were there`);
    if (queues !== undefined) {
      printLine(`queue: ${queues.queueUrl}`);
      printLine(`dead-letter queue: ${queues.dlqUrl}`);
    }
  } finally {
    await client.connection.close();
  }
}
