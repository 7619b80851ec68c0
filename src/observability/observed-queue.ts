import type { MessageQueue, QueueMessage } from '../core/ports.js';

/** Longer than the longest poll there is, 20 s: the queue does not answer. */
const MAX_RECEIVE_MS = 60_000;

/** Requests to the queue that can fail for a while. */
export type QueueOperation = 'receive' | 'delete' | 'hide' | 'give-up';

/** What a poller's requests to the queue came to; each part is told as it happens. */
export interface QueueEvents {
  received(messages: readonly QueueMessage[]): void;
  deleted(count: number): void;
  /** A request failed, or refused one of its messages. */
  failed(operation: QueueOperation): void;
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
  const told = async <T>(operation: QueueOperation, request: () => Promise<T>): Promise<T> => {
    try {
      return await request();
    } catch (error) {
      events?.failed(operation);
      throw error;
    }
  };
  return {
    traits: () => queue.traits(),
    async receive(request) {
      const pending = { startedAt: performance.now() };
      hasAsked = true;
      pendingSince.add(pending);
      try {
        const messages = await told('receive', () => queue.receive(request));
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
    async delete(messages) {
      const faults = await told('delete', () => queue.delete(messages));
      if (faults.length > 0) events?.failed('delete');
      events?.deleted(messages.length - faults.length);
      return faults;
    },
    async hide(messages, seconds) {
      const faults = await told('hide', () => queue.hide(messages, seconds));
      if (faults.length > 0) events?.failed('hide');
      return faults;
    },
    giveUp: (message, why) => told('give-up', () => queue.giveUp(message, why)),
    trouble() {
      const isStuck = [...pendingSince].some(
        ({ startedAt }) => performance.now() - startedAt > MAX_RECEIVE_MS,
      );
      if (!hasAsked) return 'nothing has been asked of it yet';
      return isStuck ? `no answer within ${String(MAX_RECEIVE_MS / 1_000)} s` : trouble;
    },
  };
}
