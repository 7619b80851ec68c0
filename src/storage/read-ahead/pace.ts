import { NEAR_END_BYTES } from '../lean-http/http-connection.js';

/** More waits than this for a megabyte of a body: the network is what takes the time. A network-bound body has two and more. */
const WAITS_PER_MB = 1;

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
    const [roundTripMs, chunkMs] = [this.roundTripMs(), this.#chunkMs];
    if (this.#isNetworkBound || roundTripMs === undefined || chunkMs === undefined) return true;
    if (roundTripMs < SHORT_ROUND_TRIP * chunkMs) return false;
    const leftMs = (this.#missingBytes / this.#sizeBytes) * chunkMs;
    return leftMs <= 2 * roundTripMs || this.#missingBytes <= NEAR_END_BYTES;
  }
}
