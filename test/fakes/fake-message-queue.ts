import type { MessageQueue, QueueMessage } from '../../src/core/ports.js';

/** SQS's largest batch. */
const MAX_BATCH = 10;

/** A queue in memory that remembers what was done to each message; `fail` breaks the next call of an operation. */
export class FakeMessageQueue implements MessageQueue {
  readonly deleted: string[] = [];
  /** `[messageId, delaySeconds]` of each release. */
  readonly released: [string, number][] = [];
  receives = 0;
  readonly #waiting: QueueMessage[] = [];
  readonly #failures = new Map<keyof MessageQueue, Error[]>();
  #wake: (() => void)[] = [];

  send(messageId: string, body: string): void {
    this.#waiting.push({ messageId, receiptHandle: `receipt-${messageId}`, body, receiveCount: 1 });
    this.#wakeAll();
  }

  fail(operation: keyof MessageQueue, error: Error): void {
    this.#failures.set(operation, [...(this.#failures.get(operation) ?? []), error]);
    this.#wakeAll();
  }

  /** Waits for messages as a long poll does, without the 20 s. */
  async receive(signal: AbortSignal): Promise<QueueMessage[]> {
    this.receives++;
    for (;;) {
      if (signal.aborted) return [];
      this.#throwIfFailing('receive');
      const batch = this.#waiting.splice(0, MAX_BATCH);
      if (batch.length > 0) return batch;
      await this.#woken(signal);
    }
  }

  delete(message: QueueMessage): Promise<void> {
    return this.#done('delete', () => this.deleted.push(message.messageId));
  }

  release(message: QueueMessage, delaySeconds: number): Promise<void> {
    return this.#done('release', () => this.released.push([message.messageId, delaySeconds]));
  }

  async #done(operation: keyof MessageQueue, effect: () => unknown): Promise<void> {
    await Promise.resolve();
    this.#throwIfFailing(operation);
    effect();
  }

  #throwIfFailing(operation: keyof MessageQueue): void {
    const error = this.#failures.get(operation)?.shift();
    if (error !== undefined) throw error;
  }

  async #woken(signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wake.push(resolve);
      signal.addEventListener(
        'abort',
        () => {
          resolve();
        },
        { once: true },
      );
    });
  }

  #wakeAll(): void {
    const waiting = this.#wake;
    this.#wake = [];
    for (const wake of waiting) wake();
  }
}
