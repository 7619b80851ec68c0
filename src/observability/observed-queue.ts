import type { MessageQueue, QueueMessage } from '../core/ports.js';

/** Longer than the longest poll there is, 20 s: the queue does not answer. */
const MAX_RECEIVE_MS = 60_000;

/** What a poller's requests to the queue came to; each part is told as it happens. */
export interface QueueEvents {
  received(messages: readonly QueueMessage[]): void;
  deleted(): void;
  failed(operation: 'receive' | 'delete' | 'release'): void;
}

export interface ObservedQueue extends MessageQueue {
  /** What is wrong with the queue, or undefined. */
  trouble(): string | undefined;
}

/** The queue, looked at: its events are told, and whether it answers is known. */
export function observeQueue(queue: MessageQueue, events?: QueueEvents): ObservedQueue {
  let hasAsked = false;
  let trouble: string | undefined;
  const pendingSince = new Set<{ readonly startedAt: number }>();
  const told = async <T>(
    operation: 'receive' | 'delete' | 'release',
    request: () => Promise<T>,
  ): Promise<T> => {
    try {
      return await request();
    } catch (error) {
      events?.failed(operation);
      throw error;
    }
  };
  return {
    async receive(signal) {
      const pending = { startedAt: performance.now() };
      hasAsked = true;
      pendingSince.add(pending);
      try {
        const messages = await told('receive', () => queue.receive(signal));
        trouble = undefined;
        events?.received(messages);
        return messages;
      } catch (error) {
        trouble = error instanceof Error ? error.message : String(error);
        throw error;
      } finally {
        pendingSince.delete(pending);
      }
    },
    async delete(message) {
      await told('delete', () => queue.delete(message));
      events?.deleted();
    },
    release: (message, delaySeconds) => told('release', () => queue.release(message, delaySeconds)),
    trouble() {
      const isStuck = [...pendingSince].some(
        ({ startedAt }) => performance.now() - startedAt > MAX_RECEIVE_MS,
      );
      if (!hasAsked) return 'nothing has been asked of it yet';
      return isStuck ? `no answer within ${String(MAX_RECEIVE_MS / 1_000)} s` : trouble;
    },
  };
}
