import type { MessageQueue, QueueMessage } from '../../core/ports.js';

/** SQS's largest batch. */
const MAX_BATCH = 10;

export interface HoldKeeperOptions {
  readonly queue: Pick<MessageQueue, 'hide'>;
  readonly holdSeconds: number;
  /** The message may be delivered to somebody else now; what it starts twice is found. */
  readonly onLost: (message: QueueMessage, error: string) => void;
}

/**
 * Keeps the messages in hand hidden from others: renews a hold when a third of it has gone by, ten at a time. So a
 * message may be in hand for longer than any visibility timeout (SQS ends it after twelve hours).
 */
export class HoldKeeper {
  /** When each hold was last renewed. */
  readonly #held = new Map<QueueMessage, number>();
  readonly #renewAfterMs: number;
  readonly #timer: NodeJS.Timeout;
  #isRenewing = false;

  constructor(private readonly options: HoldKeeperOptions) {
    this.#renewAfterMs = (options.holdSeconds * 1_000) / 3;
    this.#timer = setInterval(() => {
      void this.#renew();
    }, this.#renewAfterMs / 2);
  }

  keep(message: QueueMessage): void {
    this.#held.set(message, Date.now());
  }

  letGo(message: QueueMessage): void {
    this.#held.delete(message);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #renew(): Promise<void> {
    if (this.#isRenewing) return;
    this.#isRenewing = true;
    const due = [...this.#held].flatMap(([message, sinceMs]) =>
      Date.now() - sinceMs >= this.#renewAfterMs ? [message] : [],
    );
    for (let at = 0; at < due.length; at += MAX_BATCH) await this.#renewBatch(due.slice(at, at + MAX_BATCH));
    this.#isRenewing = false;
  }

  async #renewBatch(batch: readonly QueueMessage[]): Promise<void> {
    // A message that was dealt with meanwhile must not be hidden again.
    const still = batch.filter((message) => this.#held.has(message));
    if (still.length === 0) return;
    try {
      const faults = await this.options.queue.hide(still, this.options.holdSeconds);
      const lost = new Map(faults.map(({ message, error }) => [message, error]));
      for (const message of still) {
        const error = lost.get(message);
        if (error !== undefined) this.options.onLost(message, error);
        // Also after a fault: the next look comes when a renewal is due again.
        if (this.#held.has(message)) this.#held.set(message, Date.now());
      }
    } catch {
      // The queue does not answer; the next look tries again, well before the hold ends.
    }
  }
}
