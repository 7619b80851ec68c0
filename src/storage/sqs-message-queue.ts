import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  type BatchResultErrorEntry,
  type Message,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { MidstateError } from '../core/failures.js';
import type { BatchFault, GivenUp, MessageQueue, QueueMessage, QueueTraits } from '../core/ports.js';
import { translateAwsError } from './aws-failures.js';
import { queueUrlOf } from './queue-url.js';

/** What SQS itself starts from. */
const DEFAULT_HOLD_SECONDS = 30;

/** A detail longer than this says no more; a message and its attributes share one limit. */
const MAX_DETAIL_LENGTH = 1_000;

/**
 * `MessageQueue` on SQS, standard or FIFO. Needs sqs:ReceiveMessage, sqs:DeleteMessage, sqs:ChangeMessageVisibility;
 * sqs:GetQueueAttributes to know the dead-letter queue, and sqs:SendMessage on that.
 */
export function createSqsMessageQueue(client: SQSClient, queueUrl: string): MessageQueue {
  const named = (action: string) => (error: unknown) => {
    throw translateAwsError(error, action, { queue: queueUrl });
  };
  let known: Promise<QueueTraits> | undefined;
  let deadLetterUrl: Promise<string> | undefined;
  const traits = () => (known ??= readTraits(client, queueUrl).catch(forget));
  const forget = (error: unknown): never => {
    known = undefined;
    return named('describe queue')(error);
  };
  return {
    traits,
    async receive({ maxMessages, waitSeconds, holdSeconds, signal }) {
      const command = new ReceiveMessageCommand({
        QueueUrl: queueUrl,
        MaxNumberOfMessages: maxMessages,
        WaitTimeSeconds: waitSeconds,
        VisibilityTimeout: holdSeconds,
        MessageSystemAttributeNames: ['ApproximateReceiveCount', 'SentTimestamp', 'MessageGroupId'],
      });
      const answer = await client.send(command, { abortSignal: signal }).catch((error: unknown) => {
        if (signal.aborted) return { Messages: [] };
        return named('receive messages')(error);
      });
      return (answer.Messages ?? []).map(messageOf);
    },
    async delete(messages) {
      const Entries = messages.map(({ receiptHandle }, index) => ({
        Id: String(index),
        ReceiptHandle: receiptHandle,
      }));
      const { Failed } = await client
        .send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries }))
        .catch(named('delete messages'));
      return faultsOf(messages, Failed);
    },
    async hide(messages, seconds) {
      const Entries = messages.map(({ receiptHandle }, index) => ({
        Id: String(index),
        ReceiptHandle: receiptHandle,
        VisibilityTimeout: seconds,
      }));
      const { Failed } = await client
        .send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: queueUrl, Entries }))
        .catch(named('hold messages'));
      return faultsOf(messages, Failed);
    },
    async giveUp(message, why) {
      const { deadLetterArn, isFifo } = await traits();
      if (deadLetterArn === undefined) {
        throw new MidstateError('QueueNotFound', 'give message up: the queue has no dead-letter queue', {
          facts: { queue: queueUrl },
        });
      }
      const failed = named('send to the dead-letter queue');
      deadLetterUrl ??= queueUrlOf(client, deadLetterArn).catch((error: unknown) => {
        deadLetterUrl = undefined;
        return failed(error);
      });
      const fifo = {
        MessageGroupId: message.groupId ?? 'midstate',
        MessageDeduplicationId: message.messageId,
      };
      await client
        .send(
          new SendMessageCommand({
            QueueUrl: await deadLetterUrl,
            MessageBody: message.body,
            MessageAttributes: attributesOf(message, queueUrl, why),
            ...(isFifo ? fifo : {}),
          }),
        )
        .catch(failed);
    },
  };
}

async function readTraits(client: SQSClient, queueUrl: string): Promise<QueueTraits> {
  const isFifo = queueUrl.endsWith('.fifo');
  const answer = await client
    .send(
      new GetQueueAttributesCommand({
        QueueUrl: queueUrl,
        AttributeNames: ['VisibilityTimeout', 'RedrivePolicy'],
      }),
    )
    .catch((error: unknown) => {
      const translated = translateAwsError(error, 'describe queue', { queue: queueUrl });
      // Who may only take messages works with what SQS starts from.
      if (translated instanceof MidstateError && translated.failure === 'AccessDenied')
        return { Attributes: {} };
      throw error;
    });
  const attributes: Partial<Record<string, string>> = answer.Attributes ?? {};
  const { VisibilityTimeout, RedrivePolicy } = attributes;
  const { deadLetterTargetArn, maxReceiveCount } = JSON.parse(RedrivePolicy ?? '{}') as {
    deadLetterTargetArn?: string;
    maxReceiveCount?: number | string;
  };
  return {
    isFifo,
    holdSeconds: Number(VisibilityTimeout ?? DEFAULT_HOLD_SECONDS) || DEFAULT_HOLD_SECONDS,
    ...(deadLetterTargetArn === undefined ? {} : { deadLetterArn: deadLetterTargetArn }),
    ...(maxReceiveCount === undefined ? {} : { maxReceiveCount: Number(maxReceiveCount) }),
  };
}

function messageOf({ MessageId, ReceiptHandle, Body, Attributes }: Message): QueueMessage {
  const sentAt = Attributes?.SentTimestamp;
  const groupId = Attributes?.MessageGroupId;
  return {
    messageId: MessageId ?? '',
    receiptHandle: ReceiptHandle ?? '',
    body: Body ?? '',
    receiveCount: Number(Attributes?.ApproximateReceiveCount ?? 1),
    ...(sentAt === undefined ? {} : { sentAtMs: Number(sentAt) }),
    ...(groupId === undefined || groupId === '' ? {} : { groupId }),
  };
}

function faultsOf(
  messages: readonly QueueMessage[],
  failed: readonly BatchResultErrorEntry[] = [],
): BatchFault[] {
  return failed.flatMap(({ Id, Code, Message: text }) => {
    const message = messages[Number(Id)];
    return message === undefined ? [] : [{ message, error: `${Code ?? 'Unknown'}: ${text ?? ''}` }];
  });
}

/** What `midstate dlq` reads. An attribute holds no control characters but tab and line ends. */
function attributesOf(message: QueueMessage, queueUrl: string, { reason, detail }: GivenUp) {
  const text = (StringValue: string) => ({ DataType: 'String', StringValue });
  const plain = detail
    .slice(0, MAX_DETAIL_LENGTH)
    .replace(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, '\uFFFD');
  return {
    MidstateReason: text(reason),
    MidstateDetail: text(plain === '' ? reason : plain),
    MidstateMessageId: text(message.messageId),
    MidstateQueue: text(queueUrl),
    MidstateReceiveCount: { DataType: 'Number', StringValue: String(message.receiveCount) },
  };
}
