import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { loadConfig } from '../config.js';
import type { MessageQueue } from '../core/ports.js';
import { createProcessLogger } from '../observability/create-process-logger.js';
import { logEvents } from '../observability/log-events.js';
import { composeStarter } from '../starter/compose-starter.js';
import { openClient } from '../starter/open-client.js';
import { queueUrlOf } from '../storage/queue-url.js';
import { createSqsClient } from '../storage/sqs-client.js';
import { createSqsMessageQueue } from '../storage/sqs-message-queue.js';
import {
  createStarterHandler,
  type InvocationContext,
  type StarterHandler,
} from './create-starter-handler.js';
import { refusePayloadKeys } from './refuse-payload-keys.js';

/** Kept from one invocation to the next; a failed attempt is made again. */
let opened: Promise<StarterHandler> | undefined;

/**
 * The Lambda function's handler (`starter-handler.handler`); its settings are the poller's environment variables.
 * @throws MidstateError TemporalUnavailable, InvalidInput: the whole batch comes again
 */
export async function handler(event: SQSEvent, context: InvocationContext): Promise<SQSBatchResponse> {
  opened ??= open().catch((error: unknown) => {
    opened = undefined;
    throw error;
  });
  return await (
    await opened
  )(event, context);
}

async function open(): Promise<StarterHandler> {
  const config = loadConfig();
  refusePayloadKeys(config);
  const client = await openClient(config);
  const log = logEvents(createProcessLogger(config, { role: 'poller' }));
  const starter = await composeStarter({ config, client, log });
  const sqs = createSqsClient({ ...config.aws, connections: 10 });
  const queues = new Map<string, Promise<MessageQueue>>();
  return createStarterHandler({
    queueOf: (arn) => {
      const known = queues.get(arn);
      if (known !== undefined) return known;
      const queue = queueUrlOf(sqs, arn).then((url) => createSqsMessageQueue(sqs, url));
      queues.set(arn, queue);
      queue.catch(() => queues.delete(arn));
      return queue;
    },
    createStartUpload: starter.createStartUpload,
    log,
  });
}
