/** Where a job stood, and when. */
export interface Standing {
  readonly bytesHashed: number;
  readonly timeMs: number;
}

/** Samples older than that say nothing of the speed now. */
const WINDOW_MS = 15_000;

/** Speed of a job that is looked at again and again: over the last 15 seconds. */
export class SpeedMeter {
  #standings: Standing[] = [];

  /** Adds a look; a position behind the newest one begins anew. */
  add(standing: Standing): void {
    const newest = this.#standings.at(-1);
    if (newest !== undefined && standing.bytesHashed < newest.bytesHashed) this.#standings = [];
    this.#standings.push(standing);
    while ((this.#standings[1]?.timeMs ?? Infinity) <= standing.timeMs - WINDOW_MS) this.#standings.shift();
  }

  /** Undefined before two looks at different times. */
  bytesPerSecond(): number | undefined {
    const [oldest, newest] = [this.#standings[0], this.#standings.at(-1)];
    if (oldest === undefined || newest === undefined || newest.timeMs <= oldest.timeMs) return undefined;
    return ((newest.bytesHashed - oldest.bytesHashed) * 1_000) / (newest.timeMs - oldest.timeMs);
  }
}
