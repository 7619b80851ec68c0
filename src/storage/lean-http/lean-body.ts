import { Readable } from 'node:stream';
import { failureOf, type ByteTaker, type HttpConnection } from './http-connection.js';

/**
 * A response body that is best taken with `drain`, in pieces of a reused buffer. It is a `Readable` because the SDK
 * hands bodies on only as such; read as one (the SDK so reads errors), it copies, and fails when no byte comes.
 */
export class LeanBody extends Readable {
  #isTaken = false;
  #isWhole = false;

  /**
   * @param idleTimeoutMs no byte for so long: reading it as a stream fails. Who drains it has a watchdog of his own.
   * @param release told, at the body's end, that the connection is free again
   */
  constructor(
    private readonly connection: HttpConnection,
    private readonly idleTimeoutMs: number,
    private readonly release: (connection: HttpConnection) => void,
  ) {
    super();
  }

  /** Gives all bytes to the taker. */
  async drain(taker: ByteTaker): Promise<void> {
    this.#isTaken = true;
    await this.connection.drain(taker);
    this.#isWhole = true;
    this.release(this.connection);
    this.push(null);
  }

  override _read(): void {
    if (this.#isTaken) return;
    const watchdog = setTimeout(() => {
      this.destroy(failureOf('ETIMEDOUT', `no byte for ${String(this.idleTimeoutMs)} ms`));
    }, this.idleTimeoutMs);
    const onBytes = (bytes: Uint8Array) => {
      watchdog.refresh();
      this.push(Buffer.from(bytes));
    };
    this.drain({ onBytes })
      .catch((error: unknown) => {
        this.destroy(error as Error);
      })
      .finally(() => {
        clearTimeout(watchdog);
      });
  }

  /** A body given up half-way takes its connection with it. */
  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    if (!this.#isWhole) this.connection.destroy();
    callback(error);
  }
}
