import type {
  BatchFault,
  GivenUp,
  MessageQueue,
  QueueMessage,
  QueueTraits,
  ReceiveRequest,
} from '../../src/core/ports.js';

/** A queue in memory that remembers what was done to each message; `fail` breaks the next call of an operation. */
export class FakeMessageQueue implements MessageQueue {
  readonly deleted: string[] = [];
  /** How many messages each delete request named. */
  readonly deleteBatches: number[] = [];
  /** `[messageId, seconds]` of each message hidden. */
  readonly hidden: [string, number][] = [];
  readonly givenUp: [string, GivenUp][] = [];
  readonly requests: ReceiveRequest[] = [];
  /** Long polls that wait for a message now. */
  polls = 0;
  readonly #waiting: QueueMessage[] = [];
  readonly #failures = new Map<keyof MessageQueue, Error[]>();
  readonly #faults = new Map<string, string[]>();
  #wake: (() => void)[] = [];

  constructor(private readonly set: Partial<QueueTraits> = {}) {}

  send(messageId: string, body: string, facts: Partial<QueueMessage> = {}): void {
    this.#waiting.push({ messageId, receiptHandle: `receipt-${messageId}`, body, receiveCount: 1, ...facts });
    this.#wakeAll();
  }

  /** Breaks the next call of an operation as a whole. */
  fail(operation: keyof MessageQueue, error: Error): void {
    this.#failures.set(operation, [...(this.#failures.get(operation) ?? []), error]);
    this.#wakeAll();
  }

  /** Refuses one message of the next batch that it is in. */
  failMessage(messageId: string, error: string): void {
    this.#faults.set(messageId, [...(this.#faults.get(messageId) ?? []), error]);
  }

  /** Ends the long polls that are out, as their wait does. */
  endPolls(): void {
    for (const wake of this.#ends.splice(0)) wake();
  }

  readonly #ends: (() => void)[] = [];

  traits(): Promise<QueueTraits> {
    return this.#done('traits', () => ({ isFifo: false, holdSeconds: 60, ...this.set }));
  }

  /** Waits for messages as a long poll does, until `endPolls` instead of the clock. */
  async receive(request: ReceiveRequest): Promise<QueueMessage[]> {
    this.requests.push(request);
    const wait = { isOver: false };
    this.#ends.push(() => {
      wait.isOver = true;
      this.#wakeAll();
    });
    this.polls += 1;
    try {
      for (;;) {
        if (request.signal.aborted) return [];
        this.#throwIfFailing('receive');
        const batch = this.#waiting.splice(0, request.maxMessages);
        if (batch.length > 0 || wait.isOver) return batch;
        await this.#woken(request.signal);
      }
    } finally {
      this.polls -= 1;
    }
  }

  delete(messages: readonly QueueMessage[]): Promise<BatchFault[]> {
    return this.#done('delete', () => {
      this.deleteBatches.push(messages.length);
      return this.#each(messages, ({ messageId }) => this.deleted.push(messageId));
    });
  }

  hide(messages: readonly QueueMessage[], seconds: number): Promise<BatchFault[]> {
    return this.#done('hide', () =>
      this.#each(messages, ({ messageId }) => this.hidden.push([messageId, seconds])),
    );
  }

  giveUp({ messageId }: QueueMessage, why: GivenUp): Promise<void> {
    return this.#done('giveUp', () => void this.givenUp.push([messageId, why]));
  }

  #each(messages: readonly QueueMessage[], effect: (message: QueueMessage) => unknown): BatchFault[] {
    return messages.flatMap((message) => {
      const error = this.#faults.get(message.messageId)?.shift();
      if (error !== undefined) return [{ message, error }];
      effect(message);
      return [];
    });
  }

  async #done<T>(operation: keyof MessageQueue, effect: () => T): Promise<T> {
    await Promise.resolve();
    this.#throwIfFailing(operation);
    return effect();
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
