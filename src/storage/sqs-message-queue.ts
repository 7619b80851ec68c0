import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { MessageQueue } from '../core/ports.js';
import { translateAwsError } from './aws-failures.js';

/** Longest SQS lets a receive wait. */
const WAIT_SECONDS = 20;

/** `MessageQueue` on SQS. Needs sqs:ReceiveMessage, sqs:DeleteMessage, sqs:ChangeMessageVisibility. */
export function createSqsMessageQueue(client: SQSClient, queueUrl: string): MessageQueue {
  const named = (action: string) => (error: unknown) => {
    throw translateAwsError(error, action, { queue: queueUrl });
  };
  return {
    async receive(signal) {
      const answer = await client
        .send(
          new ReceiveMessageCommand({
            QueueUrl: queueUrl,
            MaxNumberOfMessages: 10,
            WaitTimeSeconds: WAIT_SECONDS,
            MessageSystemAttributeNames: ['ApproximateReceiveCount', 'SentTimestamp'],
          }),
          { abortSignal: signal },
        )
        .catch((error: unknown) => {
          if (signal.aborted) return { Messages: [] };
          return named('receive messages')(error);
        });
      return (answer.Messages ?? []).map((message) => ({
        messageId: message.MessageId ?? '',
        receiptHandle: message.ReceiptHandle ?? '',
        body: message.Body ?? '',
        receiveCount: Number(message.Attributes?.ApproximateReceiveCount ?? 1),
        ...sentAt(message.Attributes?.SentTimestamp),
      }));
    },
    async delete({ receiptHandle }) {
      await client
        .send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle: receiptHandle }))
        .catch(named('delete message'));
    },
    async release({ receiptHandle }, delaySeconds) {
      await client
        .send(
          new ChangeMessageVisibilityCommand({
            QueueUrl: queueUrl,
            ReceiptHandle: receiptHandle,
            VisibilityTimeout: delaySeconds,
          }),
        )
        .catch(named('release message'));
    },
  };
}

function sentAt(timestamp: string | undefined): { sentAtMs?: number } {
  return timestamp === undefined ? {} : { sentAtMs: Number(timestamp) };
}
