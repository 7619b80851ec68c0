import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import {
  failureOf,
  type ByteTaker,
  type HttpConnection,
  type Origin,
  type TlsMemory,
} from './http-connection.js';
import { tryParseResponseHead, type ResponseHead } from './parse-response-head.js';

/** What a socket's bytes are read into, again and again: no garbage, however long the body. */
const BUFFER_BYTES = 256 * 1024;

/** No server sends so long a head. */
const MAX_HEAD_BYTES = 64 * 1024;

type Waiting =
  | { readonly phase: 'idle' | 'body-announced' | 'closed' }
  | {
      readonly phase: 'head';
      readonly resolve: (head: ResponseHead) => void;
      readonly reject: (error: Error) => void;
    }
  | {
      readonly phase: 'body';
      readonly taker: ByteTaker;
      readonly resolve: () => void;
      readonly reject: (error: Error) => void;
    };

/**
 * A connection by Node's sockets, which takes responses with a `Content-Length` into one reused buffer (Node's
 * `onread`), which costs a third of the CPU that Node's streams do and no memory per byte.
 */
export class LeanConnection implements HttpConnection {
  answered = 0;
  readonly #socket: Socket;
  #waiting: Waiting = { phase: 'idle' };
  #headBytes: Buffer = Buffer.alloc(0);
  /** Body bytes that came with the head, before somebody asked for them. */
  #early: Uint8Array[] = [];
  #missing = 0;

  constructor(
    private readonly origin: Origin,
    connectTimeoutMs: number,
    memory: TlsMemory = {},
  ) {
    const onread = {
      buffer: Buffer.allocUnsafeSlow(BUFFER_BYTES),
      callback: (count: number, buffer: Uint8Array) => this.#take(buffer.subarray(0, count)),
    };
    const { hostname: host, port } = origin;
    // `onread` works with TLS too, though its types do not say so.
    const options = { host, port, onread };
    // A server name is that of a host; of an address, which may not be one, the certificate is checked all the same.
    const { session } = memory;
    const tlsOptions = {
      ...(isIP(host) === 0 ? { servername: host } : {}),
      ...(session === undefined ? {} : { session }),
    };
    this.#socket = origin.isTls ? connectTls(Object.assign(options, tlsOptions)) : connectTcp(options);
    this.#socket.on('session', (newest: Buffer) => {
      memory.session = newest;
    });
    this.#socket.setNoDelay(true);
    const timer = setTimeout(() => {
      this.#fail(
        failureOf(
          'ETIMEDOUT',
          `no connection to ${host}:${String(port)} within ${String(connectTimeoutMs)} ms`,
        ),
      );
    }, connectTimeoutMs);
    this.#socket.once(origin.isTls ? 'secureConnect' : 'connect', () => {
      clearTimeout(timer);
    });
    this.#socket.on('error', (error) => {
      this.#fail(error);
    });
    this.#socket.on('close', () => {
      clearTimeout(timer);
      this.#fail(failureOf('ECONNRESET', 'the connection was closed'));
    });
  }

  get isOpen(): boolean {
    return this.#waiting.phase !== 'closed';
  }

  setActive(active: boolean): void {
    if (active) this.#socket.ref();
    else this.#socket.unref();
  }

  request(text: string): Promise<ResponseHead> {
    this.#headBytes = Buffer.alloc(0);
    this.#early = [];
    return new Promise((resolve, reject) => {
      this.#waiting = { phase: 'head', resolve, reject };
      this.#socket.write(text, 'latin1');
    });
  }

  drain(taker: ByteTaker): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.phase !== 'body-announced') {
        reject(failureOf('ECONNRESET', 'the connection was closed'));
        return;
      }
      this.#waiting = { phase: 'body', taker, resolve, reject };
      const early = this.#early;
      this.#early = [];
      for (const bytes of early) this.#deliver(bytes);
      this.#endBodyWhenWhole();
      this.#socket.resume();
    });
  }

  destroy(): void {
    this.#fail(failureOf('ECONNRESET', 'the connection was given up'));
  }

  /** Takes what the socket read; false pauses it. */
  #take(bytes: Uint8Array): boolean {
    switch (this.#waiting.phase) {
      case 'head':
        return this.#takeHead(bytes);
      case 'body-announced':
        if (this.origin.isTls) this.#early.push(Buffer.from(bytes));
        else this.#fail(failureOf('EPROTO', 'the socket read on although it was paused'));
        return false;
      case 'body':
        this.#deliver(bytes);
        return true;
      case 'idle':
        this.#fail(failureOf('EPROTO', 'the server sent bytes that nobody asked for'));
        return true;
      case 'closed':
        return true;
    }
  }

  /** True while the head is not whole: more is to be read. */
  #takeHead(bytes: Uint8Array): boolean {
    // Whole at once as a rule: then nothing is copied, for a quarter of a megabyte of the body may have come along.
    this.#headBytes =
      this.#headBytes.length === 0
        ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
        : Buffer.concat([this.#headBytes, bytes]);
    const end = this.#headBytes.indexOf('\r\n\r\n');
    if (end < 0) {
      if (this.#headBytes.length > MAX_HEAD_BYTES)
        this.#fail(failureOf('EPROTO', 'the answer has no end of its head'));
      this.#headBytes = Buffer.from(this.#headBytes);
      return true;
    }
    const head = tryParseResponseHead(this.#headBytes.toString('latin1', 0, end));
    if (head === undefined || this.#waiting.phase !== 'head') {
      this.#fail(failureOf('EPROTO', 'the answer is not HTTP/1.1'));
      return true;
    }
    const { resolve } = this.#waiting;
    this.#missing = Number(head.headers['content-length'] ?? 0);
    this.#early = [this.#keepWhilePaused(this.#headBytes.subarray(end + 4))];
    this.#waiting = { phase: 'body-announced' };
    resolve(head);
    return false;
  }

  /**
   * Bytes of the reused buffer that are wanted later. A paused TCP socket reads nothing into it until it is resumed; one
   * of TLS still delivers, record by record, what it had deciphered.
   */
  #keepWhilePaused(bytes: Uint8Array): Uint8Array {
    return this.origin.isTls ? Buffer.from(bytes) : bytes;
  }

  /** Bytes beyond the announced length are not the body's; a connection that has them is not used again. */
  #deliver(bytes: Uint8Array): void {
    if (this.#waiting.phase !== 'body') return;
    const ofBody = bytes.length > this.#missing ? bytes.subarray(0, this.#missing) : bytes;
    this.#missing -= ofBody.length;
    try {
      if (ofBody.length > 0) this.#waiting.taker.onBytes(ofBody);
    } catch (error) {
      this.#fail(error instanceof Error ? error : new Error(String(error)));
    }
    this.#endBodyWhenWhole();
    if (ofBody.length < bytes.length) this.#fail(failureOf('EPROTO', 'the body is longer than announced'));
  }

  #endBodyWhenWhole(): void {
    if (this.#waiting.phase !== 'body' || this.#missing > 0) return;
    const { resolve } = this.#waiting;
    this.#waiting = { phase: 'idle' };
    this.answered++;
    resolve();
  }

  #fail(error: Error): void {
    const waiting = this.#waiting;
    if (waiting.phase === 'closed') return;
    this.#waiting = { phase: 'closed' };
    this.#early = [];
    this.#socket.destroy();
    if (waiting.phase === 'head' || waiting.phase === 'body') waiting.reject(error);
  }
}
