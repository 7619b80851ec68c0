import { untilAborted } from '../../src/cli/stop-on-signal.js';
import type { Config } from '../../src/config.js';
import { MidstateError } from '../../src/core/failures.js';
import { createSqsClient } from '../../src/storage/sqs-client.js';
import { connectClient } from '../../src/temporal/temporal-connection.js';
import { BacklogInvoker } from './backlog-invoker.js';
import { say } from './local-setup.js';
import type { OpenFunction } from './open-functions.js';
import { QueueSource } from './queue-source.js';
import { reportLine } from './report-line.js';
import { servedClasses } from './serve-classes.js';

/** Invokes the starter for messages of the queue, and worker functions for work that waits, until the signal aborts. */
export async function serve(
  { config, functions }: { readonly config: Config; readonly functions: ReadonlyMap<string, OpenFunction> },
  most: number,
  signal: AbortSignal,
): Promise<void> {
  const client = await connectClient();
  const { connection } = client;
  const { namespace } = client.options;
  const { taskQueuePrefix } = config;
  const invoker = new BacklogInvoker({
    classes: servedClasses(functions, { connection, namespace, taskQueuePrefix }),
    most,
    onReport: (name, report) => {
      say(`${name}: ${reportLine(functions.get(name)?.spec.memoryMB ?? 0, report)}`);
    },
    onError: (name, error) => {
      say(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    },
  });
  const source = openSource(config, functions);
  invoker.start();
  source.start();
  say('serving: uploads to the bucket are started and hashed by functions; Ctrl-C ends it');
  await untilAborted(signal);
  await Promise.all([source.stop(), invoker.stop()]);
  await Promise.all([...functions.values()].map(({ local }) => local.stop()));
  await connection.close();
}

function openSource(config: Config, functions: ReadonlyMap<string, OpenFunction>): QueueSource {
  const starter = functions.get('starter');
  const { queueUrl } = config;
  if (queueUrl === undefined || starter === undefined)
    throw new MidstateError('InvalidInput', 'sam serve: MIDSTATE_QUEUE_URL is not set; read .midstate/env');
  const [account = '', name = ''] = new URL(queueUrl).pathname.split('/').slice(-2);
  return new QueueSource({
    sqs: createSqsClient({ ...config.aws, connections: 4 }),
    queueUrl,
    queueArn: `arn:aws:sqs:${config.aws.region ?? 'us-east-1'}:${account}:${name}`,
    batchSize: 10,
    invoke: (event) => starter.local.invoke(event),
    onReport: (report) => {
      say(`starter: ${reportLine(starter.spec.memoryMB, report)}`);
    },
    onError: (error) => {
      say(`starter: ${error instanceof Error ? error.message : String(error)}`);
    },
  });
}
