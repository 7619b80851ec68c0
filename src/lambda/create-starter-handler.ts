import type { LogFacts } from '../core/log-facts.js';
import { setTimeout as delay } from 'node:timers/promises';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { MidstateError } from '../core/failures.js';
import type { MessageQueue, QueueMessage } from '../core/ports.js';
import { describeOutcome } from '../ingest/describe-outcome.js';
import { GroupLanes } from '../ingest/poller/group-lanes.js';
import type { ThroughGate } from '../ingest/poller/poller-settings.js';
import { processMessage, type Disposition } from '../ingest/process-message.js';
import { retryDelaySeconds } from '../ingest/retry-delay.js';
import type { StartUpload } from '../ingest/start-upload.js';

export interface StarterHandlerDependencies {
  /** The queue that an event source mapping reads, by its ARN. */
  readonly queueOf: (eventSourceArn: string) => Promise<Pick<MessageQueue, 'hide' | 'giveUp'>>;
  readonly createStartUpload: (throughGate: ThroughGate) => StartUpload;
  readonly log: (event: string, facts: LogFacts) => void;
  /** Pause before a start that the Temporal server did not take is tried again. Default: 500. */
  readonly pauseMs?: number;
}

/** Of Lambda's context, what the handler needs. */
export interface InvocationContext {
  getRemainingTimeInMillis(): number;
}

export type StarterHandler = (event: SQSEvent, context: InvocationContext) => Promise<SQSBatchResponse>;

/** Time that is left for answering; Lambda ends an invocation that has none. */
const ANSWER_MS = 3_000;

/**
 * The poller as a Lambda function behind an event source mapping with `ReportBatchItemFailures`: SQS deletes what is not
 * reported. A message that cannot be understood goes to the dead-letter queue and is done with; one that failed by a
 * fault outside is reported, and stays hidden for longer each time. Starts that Temporal does not take are tried until
 * the invocation's time is nearly up.
 *
 * Of a FIFO queue, whatever follows a reported message of its group is reported too, as SQS wants it.
 */
export function createStarterHandler(deps: StarterHandlerDependencies): StarterHandler {
  return async ({ Records }, context) => {
    const deadlineMs = Date.now() + context.getRemainingTimeInMillis() - ANSWER_MS;
    const startUpload = deps.createStartUpload((work) =>
      untilDeadline(work, deadlineMs, deps.pauseMs ?? 500),
    );
    const lanes = new GroupLanes<boolean>((isDone) => isDone);
    const results = await Promise.all(
      Records.map(async (record) => {
        const lane = record.eventSourceARN.endsWith('.fifo') ? record.attributes.MessageGroupId : undefined;
        const isDone = await lanes.run(lane, () => handleRecord(deps, startUpload, record));
        return { record, isDone: isDone === true };
      }),
    );
    const failed = results.filter(({ isDone }) => !isDone);
    return { batchItemFailures: failed.map(({ record }) => ({ itemIdentifier: record.messageId })) };
  };
}

/** True when the message is done with. */
async function handleRecord(
  deps: StarterHandlerDependencies,
  startUpload: StartUpload,
  record: SQSRecord,
): Promise<boolean> {
  const { log } = deps;
  const message = messageOf(record);
  const disposition = await processMessage(message.body, startUpload, {
    onUpload: (outcome) => {
      const { event, facts } = describeOutcome(outcome);
      log(event, facts);
    },
    onIgnored: (event) => {
      log('event ignored', { messageId: message.messageId, ...event });
    },
  });
  return await settle(deps, record.eventSourceARN, message, disposition);
}

async function settle(
  { queueOf, log }: StarterHandlerDependencies,
  arn: string,
  message: QueueMessage,
  disposition: Disposition,
): Promise<boolean> {
  if (disposition.kind === 'done') return true;
  const { messageId, receiveCount } = message;
  const delaySeconds = retryDelaySeconds(receiveCount);
  try {
    const queue = await queueOf(arn);
    if (disposition.kind === 'poison') {
      await queue.giveUp(message, disposition.why);
      log('message not understood, sent to the dead-letter queue', { messageId, ...disposition.why });
      return true;
    }
    log('message failed, it comes again', {
      messageId,
      receiveCount,
      delaySeconds,
      ...errorOf(disposition.error),
    });
    await queue.hide([message], delaySeconds);
  } catch (error) {
    const event =
      disposition.kind === 'poison'
        ? 'message not understood, left to the queue’s redrive policy'
        : 'message not hidden, it comes again when its hold ends';
    log(event, { messageId, ...(disposition.kind === 'poison' ? disposition.why : {}), ...errorOf(error) });
  }
  return false;
}

async function untilDeadline<T>(work: () => Promise<T>, deadlineMs: number, pauseMs: number): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      const mayPass = error instanceof MidstateError && error.failure === 'TemporalUnavailable';
      if (!mayPass || Date.now() + pauseMs >= deadlineMs) throw error;
      await delay(pauseMs);
    }
  }
}

function messageOf({ messageId, receiptHandle, body, attributes }: SQSRecord): QueueMessage {
  const { ApproximateReceiveCount, SentTimestamp, MessageGroupId } = attributes;
  return {
    messageId,
    receiptHandle,
    body,
    receiveCount: Number(ApproximateReceiveCount),
    sentAtMs: Number(SentTimestamp),
    ...(MessageGroupId === undefined ? {} : { groupId: MessageGroupId }),
  };
}

function errorOf(error: unknown): { error: string } {
  return { error: error instanceof Error ? error.message : String(error) };
}
