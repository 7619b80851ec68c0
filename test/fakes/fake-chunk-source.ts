import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ReadRequest } from '../../src/core/ports.js';
import type { ByteTaker } from '../../src/storage/lean-http/http-connection.js';
import type { ChunkSource, OpenBody } from '../../src/storage/read-ahead/chunk-source.js';

type Send = (byteCount: number) => void;

/** `ChunkSource` over bytes in memory, whose answers and bodies do what a test says. */
export class FakeChunkSource implements ChunkSource {
  /** Requests as they came, as `ask start-end` and `read start-end`. */
  readonly calls: string[] = [];
  /** Bodies asked for that are neither at their end nor given up. */
  openBodies = 0;
  mostOpenBodies = 0;
  /** Runs before an `ask` is answered: it may wait, or throw. */
  onAsk: (request: ReadRequest) => void | Promise<void> = () => undefined;
  /** Sends the body: all of it at once, unless a test has it wait, stop or throw. */
  onDrain: (request: ReadRequest, send: Send) => void | Promise<void> = (request, send) => {
    send(request.endByteExclusive - request.startByte);
  };

  /** Of bodies that go directly into hashes: waits that are told of with each; undefined: they come as bytes. */
  hashedWaits: number | undefined;
  roundTrip: number | undefined;

  constructor(private readonly bytes: Uint8Array) {}

  async ask(request: ReadRequest): Promise<OpenBody> {
    this.#note('ask', request);
    this.mostOpenBodies = Math.max(this.mostOpenBodies, ++this.openBodies);
    let isOpen = true;
    const close = () => {
      if (isOpen) this.openBodies--;
      isOpen = false;
    };
    try {
      await unlessAborted(request, async () => this.onAsk(request));
    } catch (error) {
      close();
      throw error;
    }
    return { close, drain: (taker) => this.#drain(request, taker).finally(close) };
  }

  roundTripMs(): number | undefined {
    return this.roundTrip;
  }

  /** Never fails: what fails in a chunk's turn is the business of the reader beneath. */
  async read(request: ReadRequest, taker: ByteTaker): Promise<void> {
    this.#note('read', request);
    request.signal.throwIfAborted();
    await nextTurn();
    this.#give(this.bytes.subarray(request.startByte, request.endByteExclusive), taker);
  }

  async #drain(request: ReadRequest, taker: ByteTaker): Promise<void> {
    let position = request.startByte;
    let isGivenUp = false;
    const send = (byteCount: number) => {
      if (isGivenUp) return;
      const piece = Uint8Array.from(this.bytes.subarray(position, position + byteCount));
      position += byteCount;
      this.#give(piece, taker);
      piece.fill(0); // valid during the call only
    };
    try {
      await unlessAborted(request, async () => this.onDrain(request, send));
    } finally {
      isGivenUp = true;
    }
    if (position < request.endByteExclusive) throw new Error('the body ended early');
  }

  #give(bytes: Uint8Array, taker: ByteTaker): void {
    if (this.hashedWaits === undefined) taker.onBytes(bytes);
    else taker.onHashed?.(bytes.length, this.hashedWaits);
  }

  #note(what: string, { startByte, endByteExclusive }: ReadRequest): void {
    this.calls.push(`${what} ${String(startByte)}-${String(endByteExclusive)}`);
  }
}

async function unlessAborted({ signal }: ReadRequest, step: () => Promise<void>): Promise<void> {
  signal.throwIfAborted();
  await Promise.race([
    step(),
    new Promise<never>((_, reject) => {
      signal.addEventListener(
        'abort',
        () => {
          reject(signal.reason as Error);
        },
        { once: true },
      );
    }),
  ]);
}
