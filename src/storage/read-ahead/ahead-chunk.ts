import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ByteSink, ReadRequest } from '../../core/ports.js';
import { DEFAULT_REPORT, type ReportWithin } from '../lean-http/http-connection.js';
import type { ChunkSource, OpenBody } from './chunk-source.js';

/** What is delivered at once of a buffer: so long is the event loop held, a millisecond or a few. */
const SLICE_BYTES = 1_000_000;

/** What a chunk asks and tells while its bytes go from the connection into hashes. */
export interface ChunkWatch {
  /** Told, in the chunk's turn: how many of its bytes are missing, and how often they were waited for. */
  onHashed(missingBytes: number, waits: number): void;
  /** After so many bytes more it wants to be told. */
  bytesUntilReport(): number;
}

/**
 * One chunk on its way: it may be asked for ahead of its turn, and taken into a buffer, before it is delivered.
 * What fails of that is forgotten: in its turn the chunk is read on from the exact byte, with the reader's own
 * patience, so that reading ahead can cost a request but never an error.
 */
export class AheadChunk {
  readonly #given = new AbortController();
  #body: Promise<OpenBody | undefined> | undefined;
  /** Settles when nothing more comes of what was asked for ahead. */
  #ended: Promise<void> | undefined;
  #buffer: Uint8Array | undefined;
  #releaseBuffer: (buffer: Uint8Array) => void = () => undefined;
  #receivedTo: number;
  #deliveredTo: number;
  #sinkFailure: { readonly error: unknown } | undefined;

  /**
   * @param request its signal ends what is read in the chunk's turn; `close` ends what is read ahead of it
   */
  constructor(
    private readonly source: ChunkSource,
    private readonly request: ReadRequest,
    private readonly sink: ByteSink,
    private readonly watch: ChunkWatch,
  ) {
    this.#receivedTo = request.startByte;
    this.#deliveredTo = request.startByte;
  }

  get sizeBytes(): number {
    return this.request.endByteExclusive - this.request.startByte;
  }

  /** True once its bytes are being taken into this process's memory. */
  get isTaken(): boolean {
    return this.#ended !== undefined;
  }

  /** Sends the GET now; its body waits outside of this process. */
  ask(): void {
    const request = { ...this.request, signal: this.#given.signal };
    this.#body = this.source.ask(request).catch(() => undefined);
  }

  /**
   * Takes the body that was asked for into `buffer`, of at least `sizeBytes`, until the chunk's turn comes.
   * @param release called once, when nobody writes to the buffer any more
   */
  fill(buffer: Uint8Array, release: (buffer: Uint8Array) => void): void {
    this.#buffer = buffer;
    this.#releaseBuffer = release;
    this.#ended = this.#take();
  }

  /**
   * Delivers the chunk, each byte once and in order.
   * @throws what the sink throws; the signal's reason; MidstateError as `RangeReader.read`
   */
  async deliver(): Promise<void> {
    if (this.#body !== undefined) await this.#deliverAhead();
    if (this.#deliveredTo === this.request.endByteExclusive) return;
    await this.source.read(
      { ...this.request, startByte: this.#deliveredTo },
      {
        onBytes: (bytes) => {
          this.sink.onReceived?.(bytes.length);
          this.sink.onBytes(bytes);
        },
        direct: () => this.sink.hasher?.native,
        reportWithin: () => this.#reportWithin(),
        onHashed: (byteCount, waits) => {
          this.#hashedTo(this.#deliveredTo + byteCount, waits);
          this.sink.onReceived?.(byteCount);
        },
      },
    );
  }

  /** Gives up what was asked for ahead. */
  close(): void {
    this.#given.abort();
    void this.#body?.then((body) => body?.close());
    void this.#ended?.then(() => {
      this.#freeBuffer();
    });
  }

  async #deliverAhead(): Promise<void> {
    const { startByte, signal } = this.request;
    while (this.#buffer !== undefined) {
      const from = this.#deliveredTo;
      const to = Math.min(from + SLICE_BYTES, this.#receivedTo);
      if (from === to) {
        this.#freeBuffer();
        break;
      }
      this.sink.onBytes(this.#buffer.subarray(from - startByte, to - startByte));
      this.#deliveredTo = to;
      await nextTurn();
      signal.throwIfAborted();
    }
    // From here on bytes are delivered as they come.
    await (this.#ended ??= this.#take());
    if (this.#sinkFailure !== undefined) throw this.#sinkFailure.error;
    signal.throwIfAborted();
  }

  async #take(): Promise<void> {
    try {
      const body = await this.#body;
      await body?.drain({
        onBytes: (bytes) => {
          this.#receive(bytes);
        },
        direct: () =>
          this.#keepingFailure(() => (this.#buffer === undefined ? this.sink.hasher?.native : undefined)),
        reportWithin: () => this.#reportWithin(),
        onHashed: (byteCount, waits) => {
          this.#receivedTo += byteCount;
          this.#hashedTo(this.#receivedTo, waits);
          this.#keepingFailure(() => this.sink.onReceived?.(byteCount));
        },
      });
    } catch {
      // Forgotten on purpose, as said above; what the sink threw is kept.
    }
  }

  #hashedTo(position: number, waits: number): void {
    this.#deliveredTo = position;
    this.watch.onHashed(this.request.endByteExclusive - position, waits);
  }

  #reportWithin(): ReportWithin {
    const ms = this.sink.reportWithinMs?.() ?? DEFAULT_REPORT.ms;
    return { ms, bytes: this.watch.bytesUntilReport() };
  }

  #receive(bytes: Uint8Array): void {
    this.sink.onReceived?.(bytes.length);
    this.#buffer?.set(bytes, this.#receivedTo - this.request.startByte);
    this.#receivedTo += bytes.length;
    if (this.#buffer !== undefined) return;
    this.#deliveredTo = this.#receivedTo;
    this.#keepingFailure(() => {
      this.sink.onBytes(bytes);
    });
  }

  /** What the sink throws is not forgotten with the faults of a body. */
  #keepingFailure<T>(call: () => T): T {
    try {
      return call();
    } catch (error) {
      this.#sinkFailure = { error };
      throw error;
    }
  }

  #freeBuffer(): void {
    const buffer = this.#buffer;
    this.#buffer = undefined;
    if (buffer !== undefined) this.#releaseBuffer(buffer);
  }
}
