/** More waits than this for a megabyte of a body: the network is what takes the time. A network-bound body has two and more. */
const WAITS_PER_MB = 1;

/** The next chunk is asked for when so little is missing; a fast connection brings that in a few milliseconds. */
export const NEAR_END_BYTES = 4 * 1024 * 1024;

/** A round trip that takes less of a chunk's time than this is not worth a second body under way. */
const SHORT_ROUND_TRIP = 0.05;

/**
 * Decides when the chunk behind the one in its turn is asked for. Where the network is what takes the time: at once, so that
 * its first bytes come meanwhile. Where hashing is: late, since bytes that wait in the kernel only cost CPU there, a tenth
 * of all of it; and where the round trip is short beside that, not before the chunk's end.
 */
export class Pace {
  #isNetworkBound = true;
  #sizeBytes = 0;
  #missingBytes = 0;
  #begunMs: number | undefined;
  #chunkMs: number | undefined;

  constructor(
    private readonly roundTripMs: () => number | undefined,
    private readonly nowMs: () => number = () => performance.now(),
  ) {}

  /** A chunk's turn has come. */
  begin(sizeBytes: number): void {
    const nowMs = this.nowMs();
    if (this.#begunMs !== undefined) this.#chunkMs = nowMs - this.#begunMs;
    this.#begunMs = nowMs;
    this.#sizeBytes = sizeBytes;
    this.#missingBytes = sizeBytes;
  }

  /**
   * Bytes of the chunk went from its connection into hashes; never told of bytes that came otherwise, for which the
   * network is taken to be slow.
   * @param waits how often all there was had been hashed
   */
  onHashed(missingBytes: number, waits: number): void {
    this.#isNetworkBound = waits * 1_000_000 > WAITS_PER_MB * (this.#missingBytes - missingBytes);
    this.#missingBytes = missingBytes;
  }

  get isTimeToAsk(): boolean {
    return this.#missingBytes <= this.#missingWhenAsked;
  }

  /** Bytes that may come before that time; Infinity where it has come, or comes not before the chunk's end. */
  get bytesUntilAsk(): number {
    const bytes = this.#missingBytes - this.#missingWhenAsked;
    return bytes > 0 && bytes < this.#missingBytes ? Math.ceil(bytes) : Infinity;
  }

  /** What is missing of the chunk when the next one is asked for; below 0: that is at its end. */
  get #missingWhenAsked(): number {
    const [roundTripMs, chunkMs] = [this.roundTripMs(), this.#chunkMs];
    if (this.#isNetworkBound || roundTripMs === undefined || chunkMs === undefined) return Infinity;
    if (roundTripMs < SHORT_ROUND_TRIP * chunkMs) return -1;
    return Math.max((2 * roundTripMs * this.#sizeBytes) / chunkMs, NEAR_END_BYTES);
  }
}
