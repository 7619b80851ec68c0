import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { loadConfig } from '../config.js';
import type { MessageQueue } from '../core/ports.js';
import { createProcessLogger } from '../observability/create-process-logger.js';
import { logEvents } from '../observability/log-events.js';
import { composeStarter } from '../starter/compose-starter.js';
import { connectClient } from '../temporal/temporal-connection.js';
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
  const client = await connectClient();
  const log = logEvents(createProcessLogger(config, { role: 'poller' }));
  const starter = await composeStarter({ config, client, log });
  let queues: Promise<(arn: string) => Promise<MessageQueue>> | undefined;
  return createStarterHandler({
    // Only for messages that fail: the SDK's client for SQS is a fifth of the function's cold start.
    queueOf: async (arn) => {
      queues ??= import('./source-queues.js').then(({ createSourceQueues }) => createSourceQueues(config));
      return await (
        await queues
      )(arn);
    },
    createStartUpload: starter.createStartUpload,
    log,
  });
}
