import type { Socket } from 'node:net';

export type Headers = Readonly<Record<string, string>>;

/**
 * One answer on a bare socket. It speaks as `ServerResponse` of node:http does, where that is enough, and writes any
 * byte, or breaks the connection, where that is what is tested.
 */
export class WireResponse {
  #head: string | undefined;
  #isDone = false;

  /**
   * @param socket what is written to: the TLS stream, where there is one
   * @param wire the TCP connection beneath it
   * @param done told when the answer is complete and the connection free for the next
   */
  constructor(
    readonly socket: Socket,
    private readonly wire: Socket,
    private readonly done: () => void,
  ) {}

  /** Notes the head; it goes out with the first bytes. Without a `content-length`, `end` adds it. */
  writeHead(status: number, headers: Headers = {}): this {
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    this.#head = `HTTP/1.1 ${String(status)} ${REASON}\r\n${lines.join('')}`;
    return this;
  }

  flushHeaders(): void {
    if (this.#head === undefined) return;
    this.raw(`${this.#head}\r\n`);
    this.#head = undefined;
  }

  write(bytes: Uint8Array | string, written?: () => void): void {
    this.flushHeaders();
    this.raw(bytes, written);
  }

  end(bytes: Uint8Array | string = ''): void {
    if (this.#head !== undefined && !/^(content-length|transfer-encoding):/im.test(this.#head)) {
      this.#head += `content-length: ${String(Buffer.byteLength(bytes))}\r\n`;
    }
    this.write(bytes);
    this.complete();
  }

  /** Writes as it is told, be it HTTP or not. */
  raw(bytes: Uint8Array | string, written?: () => void): void {
    if (this.socket.destroyed) return;
    this.socket.write(bytes, written);
  }

  /** The connection is free for the next request. */
  complete(): void {
    if (this.#isDone) return;
    this.#isDone = true;
    this.done();
  }

  /** Closes the connection (FIN) after all that was written. */
  destroy(): void {
    this.socket.end(() => {
      this.socket.destroy();
    });
  }

  /** Breaks the connection off (RST): what is still under way is lost. */
  reset(): void {
    this.wire.resetAndDestroy();
  }
}

/** Of no meaning to HTTP. */
const REASON = 'Reason';
