import { Readable } from 'node:stream';
import type { LeanConnection } from './lean-connection.js';

/**
 * A response body that is best taken with `drain`, in pieces of a reused buffer. It is a `Readable` because the SDK
 * hands bodies on only as such; read as one, it copies.
 */
export class LeanBody extends Readable {
  #isTaken = false;
  #isWhole = false;

  /** @param release told, at the body's end, that the connection is free again */
  constructor(
    private readonly connection: LeanConnection,
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
    this.drain((bytes) => this.push(Buffer.from(bytes))).catch((error: unknown) => {
      this.destroy(error as Error);
    });
  }

  /** A body given up half-way takes its connection with it. */
  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    if (!this.#isWhole) this.connection.destroy();
    callback(error);
  }
}
