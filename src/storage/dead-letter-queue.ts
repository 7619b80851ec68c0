import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  type Message,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { translateAwsError } from './aws-failures.js';

/** A message that was given up. */
export interface DeadLetter {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  /** Why midstate gave it up; `redrive` when the queue itself did, after too many deliveries. */
  readonly reason: string;
  /** What was wrong, in one line; absent where midstate did not send it. */
  readonly detail?: string;
  /** Its id in the queue that it came from, where midstate sent it. */
  readonly originalId?: string;
  readonly sentAt?: string;
  readonly groupId?: string;
}

/** Reason of a message that the queue itself gave up. */
export const REDRIVEN = 'redrive';

/** Messages that are looked at stay hidden so long, should the look be broken off. */
const LOOK_SECONDS = 120;

const MAX_BATCH = 10;

/** The dead-letter queue, for whoever looks after it. Needs sqs:ReceiveMessage, DeleteMessage, ChangeMessageVisibility. */
export class DeadLetterQueue {
  constructor(
    private readonly client: SQSClient,
    readonly url: string,
  ) {}

  /** About how many messages it holds, those in somebody's hand too. Needs sqs:GetQueueAttributes. */
  async count(): Promise<number> {
    const names = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
    const { Attributes } = await this.client
      .send(new GetQueueAttributesCommand({ QueueUrl: this.url, AttributeNames: [...names] }))
      .catch(this.#failed('describe the dead-letter queue'));
    return names.reduce((sum, name) => sum + Number(Attributes?.[name] ?? 0), 0);
  }

  /** Takes up to ten messages; they stay hidden for two minutes, or until they are deleted or let go. Empty at the end. */
  async take(maxMessages = MAX_BATCH): Promise<DeadLetter[]> {
    const command = new ReceiveMessageCommand({
      QueueUrl: this.url,
      MaxNumberOfMessages: Math.min(maxMessages, MAX_BATCH),
      VisibilityTimeout: LOOK_SECONDS,
      // A short poll asks a part of SQS's servers only, and may miss messages.
      WaitTimeSeconds: 1,
      MessageAttributeNames: ['All'],
      MessageSystemAttributeNames: ['SentTimestamp', 'MessageGroupId'],
    });
    const { Messages } = await this.client.send(command).catch(this.#failed('receive messages'));
    return (Messages ?? []).map(letterOf);
  }

  /** Looks at up to `limit` messages, and lets them go again. Each look counts as a delivery. */
  async look(limit: number): Promise<DeadLetter[]> {
    const seen = new Map<string, DeadLetter>();
    try {
      while (seen.size < limit) {
        const batch = await this.take(limit - seen.size);
        if (batch.length === 0) break;
        for (const letter of batch) seen.set(letter.messageId, letter);
      }
    } finally {
      await this.letGo([...seen.values()]);
    }
    return [...seen.values()];
  }

  /** Makes messages visible again; one that is not comes back by itself after two minutes. */
  async letGo(letters: readonly DeadLetter[]): Promise<void> {
    for (const batch of batchesOf(letters)) {
      const Entries = batch.map(({ receiptHandle }, index) => ({
        Id: String(index),
        ReceiptHandle: receiptHandle,
        VisibilityTimeout: 0,
      }));
      await this.client
        .send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: this.url, Entries }))
        .catch(this.#failed('let messages go'));
    }
  }

  /** @returns how many were deleted */
  async delete(letters: readonly DeadLetter[]): Promise<number> {
    let deleted = 0;
    for (const batch of batchesOf(letters)) {
      const Entries = batch.map(({ receiptHandle }, index) => ({
        Id: String(index),
        ReceiptHandle: receiptHandle,
      }));
      const { Successful } = await this.client
        .send(new DeleteMessageBatchCommand({ QueueUrl: this.url, Entries }))
        .catch(this.#failed('delete messages'));
      deleted += Successful?.length ?? 0;
    }
    return deleted;
  }

  /** Deletes everything. Needs sqs:PurgeQueue. */
  async purge(): Promise<void> {
    await this.client
      .send(new PurgeQueueCommand({ QueueUrl: this.url }))
      .catch(this.#failed('purge the dead-letter queue'));
  }

  /** Puts copies into the queue at `url`. Needs sqs:SendMessage on it. */
  async sendBack(letters: readonly DeadLetter[], url: string): Promise<void> {
    const isFifo = url.endsWith('.fifo');
    const failed = this.#failed('send messages back');
    for (const { body, groupId, messageId } of letters) {
      const fifo = { MessageGroupId: groupId ?? 'midstate', MessageDeduplicationId: messageId };
      const command = new SendMessageCommand({ QueueUrl: url, MessageBody: body, ...(isFifo ? fifo : {}) });
      await this.client.send(command).catch(failed);
    }
  }

  #failed(action: string) {
    return (error: unknown): never => {
      throw translateAwsError(error, action, { queue: this.url });
    };
  }
}

function letterOf({ MessageId, ReceiptHandle, Body, Attributes, MessageAttributes }: Message): DeadLetter {
  const text = (name: string) => MessageAttributes?.[name]?.StringValue;
  const detail = text('MidstateDetail');
  const originalId = text('MidstateMessageId');
  const sentAt = Attributes?.SentTimestamp;
  const groupId = Attributes?.MessageGroupId;
  return {
    messageId: MessageId ?? '',
    receiptHandle: ReceiptHandle ?? '',
    body: Body ?? '',
    reason: text('MidstateReason') ?? REDRIVEN,
    ...(detail === undefined ? {} : { detail }),
    ...(originalId === undefined ? {} : { originalId }),
    ...(sentAt === undefined ? {} : { sentAt: new Date(Number(sentAt)).toISOString() }),
    ...(groupId === undefined || groupId === '' ? {} : { groupId }),
  };
}

function batchesOf(letters: readonly DeadLetter[]): DeadLetter[][] {
  const count = Math.ceil(letters.length / MAX_BATCH);
  return Array.from({ length: count }, (_, n) => letters.slice(n * MAX_BATCH, (n + 1) * MAX_BATCH));
}
