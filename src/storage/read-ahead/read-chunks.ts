import type { ByteSink, ChunksRequest } from '../../core/ports.js';
import type { ByteRange } from '../../core/ranges.js';
import { AheadChunk } from './ahead-chunk.js';
import type { BufferPool } from './buffer-pool.js';
import type { ChunkSource } from './chunk-source.js';

/** How far one object is read ahead. */
export interface ReadAheadSettings {
  /** GETs of one object under way at once; 1: one after another. */
  readonly connections: number;
  /** Shared by all objects. Without a free buffer a chunk asked for ahead waits in the kernel, and none is asked for behind it. */
  readonly pool: BufferPool;
}

/** Reads chunks as `RangeReader.readChunks` promises, from `source`. */
export async function readChunks(
  source: ChunkSource,
  settings: ReadAheadSettings,
  request: ChunksRequest,
  sink: ByteSink,
): Promise<'whole' | 'stopped'> {
  const window = new ChunkWindow(source, settings, request, sink);
  request.signal.addEventListener('abort', window.close, { once: true });
  try {
    return await window.deliverAll();
  } finally {
    request.signal.removeEventListener('abort', window.close);
    window.close();
  }
}

/** The chunk in its turn, and those asked for ahead of theirs. */
class ChunkWindow {
  readonly #coming: Iterator<ByteRange>;
  readonly #ahead: AheadChunk[] = [];
  #current: AheadChunk | undefined;
  #hasDropped = false;
  #isClosed = false;

  constructor(
    private readonly source: ChunkSource,
    private readonly settings: ReadAheadSettings,
    private readonly request: ChunksRequest,
    private readonly sink: ByteSink,
  ) {
    this.#coming = request.chunks[Symbol.iterator]();
  }

  async deliverAll(): Promise<'whole' | 'stopped'> {
    for (;;) {
      const isStopped = this.#isStopped();
      if (isStopped) this.#dropWaiting();
      const next = this.#ahead.shift() ?? (this.#hasDropped ? undefined : this.#next());
      if (next === undefined) return this.#hasDropped ? 'stopped' : 'whole';
      if (isStopped && !next.isTaken) return 'stopped';
      this.#current = next;
      const delivered = next.deliver();
      this.#askAhead();
      await delivered;
    }
  }

  readonly close = (): void => {
    this.#isClosed = true;
    this.#current?.close();
    for (const chunk of this.#ahead) chunk.close();
  };

  /** Fills the window: each chunk ahead into a buffer, but the last, which may wait in the kernel for one. */
  #askAhead(): void {
    while (!this.#isClosed && !this.#isStopped()) {
      const last = this.#ahead.at(-1);
      if (last?.isTaken === false && !this.#tryFill(last)) return;
      if (this.#ahead.length + 1 >= this.settings.connections) return;
      const next = this.#next();
      if (next === undefined) return;
      next.ask();
      this.#ahead.push(next);
    }
  }

  #tryFill(chunk: AheadChunk): boolean {
    const { pool } = this.settings;
    const buffer = pool.tryTake(chunk.sizeBytes);
    if (buffer === undefined) return false;
    chunk.fill(buffer, (free) => {
      pool.release(free);
      this.#askAhead();
    });
    return true;
  }

  /** Bytes in memory have been read and will be delivered; those that wait in the kernel have not. */
  #dropWaiting(): void {
    const firstWaiting = this.#ahead.findIndex(({ isTaken }) => !isTaken);
    if (firstWaiting < 0) return;
    this.#hasDropped = true;
    for (const chunk of this.#ahead.splice(firstWaiting)) chunk.close();
  }

  #isStopped(): boolean {
    return this.request.shouldStop?.() ?? false;
  }

  #next(): AheadChunk | undefined {
    const next = this.#coming.next();
    if (next.done === true) return undefined;
    const { object, signal } = this.request;
    return new AheadChunk(this.source, { object, signal, ...next.value }, this.sink);
  }
}
