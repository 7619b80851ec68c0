import { Readable } from 'node:stream';
import { failureOf, type LeanConnection } from './lean-connection.js';

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
    private readonly connection: LeanConnection,
    private readonly idleTimeoutMs: number,
    private readonly release: (connection: LeanConnection) => void,
  ) {
    super();
  }

  /** Delivers all bytes in order; each piece is valid during the call only. */
  async drain(onBytes: (bytes: Uint8Array) => void): Promise<void> {
    this.#isTaken = true;
    await this.connection.drain(onBytes);
    this.#isWhole = true;
    this.release(this.connection);
    this.push(null);
  }

  override _read(): void {
    if (this.#isTaken) return;
    const watchdog = setTimeout(() => {
      this.destroy(failureOf('ETIMEDOUT', `no byte for ${String(this.idleTimeoutMs)} ms`));
    }, this.idleTimeoutMs);
    this.drain((bytes) => {
      watchdog.refresh();
      this.push(Buffer.from(bytes));
    })
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
