import { setTimeout as delay } from 'node:timers/promises';
import type { MessageQueue, QueueMessage } from '../../core/ports.js';

/** SQS's largest batch. */
const MAX_BATCH = 10;

/** How often a delete is tried before the message is left to come again (its job will be found). */
const MAX_TRIES = 3;

export interface DeleteBatcherOptions {
  readonly queue: Pick<MessageQueue, 'delete'>;
  /** How long a message waits for others to fill its batch. */
  readonly lingerMs: number;
  /** Before a delete that failed is tried again. */
  readonly faultPauseMs: number;
  /** It will be delivered again. */
  readonly onFailed: (message: QueueMessage, error: string) => void;
}

interface Pending {
  readonly message: QueueMessage;
  readonly tries: number;
  readonly settle: () => void;
}

/** Deletes messages ten at a time; of a batch that went through in part, the rest is tried again. */
export class DeleteBatcher {
  #pending: Pending[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: DeleteBatcherOptions) {}

  /** Resolves when the message is deleted, or left for good. */
  delete(message: QueueMessage): Promise<void> {
    return new Promise((settle) => {
      this.#add({ message, tries: 0, settle });
    });
  }

  #add(entry: Pending): void {
    this.#pending.push(entry);
    if (this.#pending.length >= MAX_BATCH) this.#flush();
    else {
      this.#timer ??= setTimeout(() => {
        this.#flush();
      }, this.options.lingerMs);
    }
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const batch = this.#pending;
    this.#pending = [];
    if (batch.length > 0) void this.#send(batch);
  }

  async #send(batch: readonly Pending[]): Promise<void> {
    const errors = await this.#tryDelete(batch.map(({ message }) => message));
    const left = batch.filter(({ message }) => errors.has(message));
    for (const { message, settle } of batch) if (!errors.has(message)) settle();
    if (left.length === 0) return;
    await delay(this.options.faultPauseMs);
    for (const entry of left) {
      if (entry.tries + 1 < MAX_TRIES) this.#add({ ...entry, tries: entry.tries + 1 });
      else {
        this.options.onFailed(entry.message, errors.get(entry.message) ?? 'Unknown');
        entry.settle();
      }
    }
  }

  async #tryDelete(messages: readonly QueueMessage[]): Promise<Map<QueueMessage, string>> {
    try {
      const faults = await this.options.queue.delete(messages);
      return new Map(faults.map(({ message, error }) => [message, error]));
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      return new Map(messages.map((message) => [message, text]));
    }
  }
}
