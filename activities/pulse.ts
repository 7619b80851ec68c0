import { LATENESS_ALLOWANCE_MS } from '../src/core/loss-bound.js';

/** Soonest that bytes are asked for: less would only cost CPU. */
const LEAST_REPORT_MS = 50;

/**
 * When an activity's next heartbeat is due. It goes out with the first bytes that are hashed from then on, whose midstate is
 * so no older than its way to the server; where none come, without.
 */
export class Pulse {
  #dueMs: number;
  /** The last heartbeat went without bytes: the next ones make up for it. */
  #isOwed = false;
  readonly #timer: NodeJS.Timeout;

  /** @param beat offers the activity's progress as a heartbeat */
  constructor(
    private readonly intervalMs: number,
    private readonly beat: () => void,
  ) {
    this.#dueMs = performance.now() + intervalMs;
    this.#timer = setTimeout(() => {
      this.#isOwed = true;
      this.#send();
    }, intervalMs + LATENESS_ALLOWANCE_MS);
  }

  /** Within so many milliseconds bytes should be told of, for the next heartbeat. */
  get reportWithinMs(): number {
    return Math.max(this.#dueMs - performance.now(), LEAST_REPORT_MS);
  }

  /** Bytes were hashed. */
  onHashed(): void {
    if (!this.#isOwed && performance.now() < this.#dueMs) return;
    this.#isOwed = false;
    this.#send();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #send(): void {
    this.#dueMs = performance.now() + this.intervalMs;
    this.#timer.refresh();
    this.beat();
  }
}
