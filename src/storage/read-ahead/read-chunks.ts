import type { ByteSink, ChunksRequest } from '../../core/ports.js';
import type { ByteRange } from '../../core/ranges.js';
import { AheadChunk, type ChunkWatch } from './ahead-chunk.js';
import type { BufferPool } from './buffer-pool.js';
import type { ChunkSource } from './chunk-source.js';
import { Pace } from './pace.js';

/** How far one object is read ahead. */
export interface ReadAheadSettings {
  /** GETs of one object under way at once. 1: one after another; 2: the next chunk is asked for ahead, and waits in the kernel. */
  readonly connections: number;
  /** Shared by all objects; an object takes `connections - 2` buffers at most, and goes without while there are none. */
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
  readonly #pace: Pace;
  #isClosed = false;

  constructor(
    private readonly source: ChunkSource,
    private readonly settings: ReadAheadSettings,
    private readonly request: ChunksRequest,
    private readonly sink: ByteSink,
  ) {
    this.#coming = request.chunks[Symbol.iterator]();
    this.#pace = new Pace(() => source.roundTripMs());
  }

  async deliverAll(): Promise<'whole' | 'stopped'> {
    for (;;) {
      const asked = this.#ahead.shift();
      const next = asked ?? this.#next();
      if (next === undefined) return 'whole';
      if (asked === undefined && this.#isStopped()) return 'stopped';
      this.#current = next;
      this.#pace.begin(next.sizeBytes);
      const delivered = next.deliver();
      if (this.#pace.isTimeToAsk) this.#askAhead();
      await delivered;
    }
  }

  readonly close = (): void => {
    this.#isClosed = true;
    this.#current?.close();
    for (const chunk of this.#ahead) chunk.close();
  };

  /**
   * Fills the window. The last chunk asked for waits in the kernel; it goes into memory when another is to be asked
   * for behind it.
   */
  #askAhead(): void {
    while (!this.#isClosed && !this.#isStopped() && this.#ahead.length + 1 < this.settings.connections) {
      const last = this.#ahead.at(-1);
      if (last?.isTaken === false && !this.#tryFill(last)) return;
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

  readonly #watch: ChunkWatch = {
    onHashed: (missingBytes, waits) => {
      this.#pace.onHashed(missingBytes, waits);
      if (this.#pace.isTimeToAsk) this.#askAhead();
    },
    bytesUntilReport: () => this.#pace.bytesUntilAsk,
  };

  #isStopped(): boolean {
    return this.request.shouldStop?.() ?? false;
  }

  #next(): AheadChunk | undefined {
    const next = this.#coming.next();
    if (next.done === true) return undefined;
    const { object, signal } = this.request;
    return new AheadChunk(this.source, { object, signal, ...next.value }, this.sink, this.#watch);
  }
}
