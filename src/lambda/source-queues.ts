import type { Config } from '../config.js';
import type { MessageQueue } from '../core/ports.js';
import { queueUrlOf } from '../storage/queue-url.js';
import { createSqsClient } from '../storage/sqs-client.js';
import { createSqsMessageQueue } from '../storage/sqs-message-queue.js';

/** The queues that event source mappings read, by their ARNs; a failed look for one is made again. */
export function createSourceQueues({ aws }: Config): (arn: string) => Promise<MessageQueue> {
  const sqs = createSqsClient({ ...aws, connections: 10 });
  const queues = new Map<string, Promise<MessageQueue>>();
  return (arn) => {
    const known = queues.get(arn);
    if (known !== undefined) return known;
    const queue = queueUrlOf(sqs, arn).then((url) => createSqsMessageQueue(sqs, url));
    queues.set(arn, queue);
    queue.catch(() => queues.delete(arn));
    return queue;
  };
}
