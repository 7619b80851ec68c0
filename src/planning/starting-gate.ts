import type { ArrivalCursor, Arrivals } from './arrivals.js';

/** An arrival whose job has been started: it waits for a worker from `readySeconds` on. */
export interface StartedCursor extends ArrivalCursor {
  readonly readySeconds: number;
}

/** Lets through so many jobs a second, in order of arrival: what poller and Temporal server start together. */
export function startedJobs(arrivals: Arrivals, startsPerSecond = Infinity): StartedCursor {
  const cursor = arrivals.open();
  const gapSeconds = 1 / startsPerSecond;
  let readySeconds = -gapSeconds;
  return {
    get atSeconds() {
      return cursor.atSeconds;
    },
    get sizeBytes() {
      return cursor.sizeBytes;
    },
    get readySeconds() {
      return readySeconds;
    },
    advance: () => {
      if (!cursor.advance()) return false;
      readySeconds = Math.max(cursor.atSeconds, readySeconds + gapSeconds);
      return true;
    },
  };
}

/** Tells ahead of the simulation how many objects of each class have come by a look, from a walk of its own. */
export class ArrivalForesight {
  readonly #counts: number[];
  /** By class, then by look. */
  readonly #byLook: number[][];
  #looks = 0;
  #isAtEnd = false;
  #isPending = false;

  constructor(
    private readonly cursor: StartedCursor,
    private readonly lookEverySeconds: number,
    private readonly classOf: (sizeBytes: number) => number,
    classes: number,
  ) {
    this.#counts = Array.from({ length: classes }, () => 0);
    this.#byLook = Array.from({ length: classes }, () => [0]);
  }

  arrivedBy(classIndex: number, look: number): number {
    while (this.#looks < look) this.#advance();
    return this.#byLook[classIndex]?.[look] ?? 0;
  }

  #advance(): void {
    this.#looks += 1;
    const until = this.#looks * this.lookEverySeconds;
    while (!this.#isAtEnd) {
      if (!this.#isPending && !this.cursor.advance()) {
        this.#isAtEnd = true;
        break;
      }
      // What comes at that very second may find a slot at once: it does not wait yet.
      this.#isPending = this.cursor.readySeconds >= until;
      if (this.#isPending) break;
      const classIndex = this.classOf(this.cursor.sizeBytes);
      this.#counts[classIndex] = (this.#counts[classIndex] ?? 0) + 1;
    }
    this.#counts.forEach((count, classIndex) => this.#byLook[classIndex]?.push(count));
  }
}
