import { loadConfig } from '../../config.js';
import { MidstateError } from '../../core/failures.js';
import { DeadLetterQueue, type DeadLetter } from '../../storage/dead-letter-queue.js';
import { moveMessages, type MoveProgress } from '../../storage/message-move.js';
import { queueArnOf, queueUrlOf } from '../../storage/queue-url.js';
import { createSqsClient } from '../../storage/sqs-client.js';
import { createSqsMessageQueue } from '../../storage/sqs-message-queue.js';
import type { DlqOptions } from './dlq-options.js';

export interface OpenDeadLetterQueue {
  readonly queueUrl: string;
  readonly dlq: DeadLetterQueue;
  /** Moves everything back by a task of SQS; undefined where the server has none. */
  readonly moveAll: (
    onProgress: (progress: MoveProgress) => void,
    stop: AbortSignal,
  ) => Promise<number | undefined>;
}

/**
 * Finds the dead-letter queue through the queue's redrive policy.
 * @throws MidstateError InvalidInput, QueueNotFound, AccessDenied
 */
export async function openDeadLetterQueue({ queueUrl: given }: DlqOptions): Promise<OpenDeadLetterQueue> {
  const { queueUrl, aws } = loadConfig({ queueUrl: given });
  if (queueUrl === undefined) {
    throw new MidstateError('InvalidInput', 'dlq: expected the queue in --queue-url or MIDSTATE_QUEUE_URL');
  }
  const client = createSqsClient({ ...aws, connections: 4 });
  const { deadLetterArn } = await createSqsMessageQueue(client, queueUrl).traits();
  if (deadLetterArn === undefined) {
    throw new MidstateError(
      'QueueNotFound',
      'dlq: the queue has no dead-letter queue, or sqs:GetQueueAttributes is not allowed; `midstate setup` makes one',
      { facts: { queue: queueUrl } },
    );
  }
  const dlq = new DeadLetterQueue(client, await queueUrlOf(client, deadLetterArn));
  return {
    queueUrl,
    dlq,
    moveAll: async (onProgress, stop) => {
      const destinationArn = await queueArnOf(client, queueUrl);
      return await moveMessages(client, { sourceArn: deadLetterArn, destinationArn, onProgress, stop });
    },
  };
}

/**
 * Takes messages out of the queue, a batch at a time, those that are not meant let go at the end.
 * @param work is given the messages that are meant
 */
export async function forEachMeant(
  dlq: DeadLetterQueue,
  { reason, limit = Infinity }: DlqOptions,
  work: (letters: readonly DeadLetter[]) => Promise<void>,
): Promise<void> {
  const spared: DeadLetter[] = [];
  let left = limit;
  try {
    while (left > 0) {
      const batch = await dlq.take();
      if (batch.length === 0) return;
      const fitting = batch.filter((letter) => reason === undefined || letter.reason === reason);
      const meant = fitting.slice(0, left);
      spared.push(...batch.filter((letter) => !meant.includes(letter)));
      left -= meant.length;
      if (meant.length > 0) await work(meant);
    }
  } finally {
    await dlq.letGo(spared);
  }
}

/** How many messages are meant; exact where only some are, for then they must be looked at. */
export async function countMeant(
  dlq: DeadLetterQueue,
  { reason, limit = Infinity }: DlqOptions,
): Promise<number> {
  if (reason === undefined) return Math.min(await dlq.count(), limit);
  const seen = await dlq.look(Number.MAX_SAFE_INTEGER);
  return Math.min(seen.filter((letter) => letter.reason === reason).length, limit);
}
