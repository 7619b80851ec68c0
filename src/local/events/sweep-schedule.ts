import type { Report } from '../local-environment.js';

const RETRY_MS = 1_000;
/** Sweeps that are asked for take at most a tenth of the time, however large the bucket. */
const REST_FACTOR = 9;

/**
 * Runs a sweep every `intervalMs`, and soon after something went wrong; one at a time. A sweep that fails is
 * reported once and tried again, ever more slowly, up to the interval.
 */
export class SweepSchedule {
  #timer: NodeJS.Timeout | undefined;
  #dueAt = Infinity;
  #running: Promise<number> | undefined;
  #failures = 0;
  #lastDurationMs = 0;
  #isOpen = false;
  #abort = new AbortController();

  constructor(
    private readonly sweep: (signal: AbortSignal) => Promise<number>,
    private readonly intervalMs: number,
    private readonly report: Report,
  ) {}

  open(): void {
    this.#isOpen = true;
    this.#abort = new AbortController();
    this.#plan(0);
  }

  async close(): Promise<void> {
    this.#isOpen = false;
    this.#abort.abort();
    clearTimeout(this.#timer);
    this.#dueAt = Infinity;
    await this.#running?.catch(() => undefined); // it was told to give up; the next opening sweeps again
  }

  /** Asks for a sweep in about a second, later where sweeps take long. */
  request(): void {
    this.#plan(Math.max(RETRY_MS, REST_FACTOR * this.#lastDurationMs));
  }

  /** Resolves with the count of events sent by a sweep that began after this call. */
  async sweepNow(): Promise<number> {
    while (this.#running !== undefined) await this.#running.catch(() => undefined);
    const startedAt = Date.now();
    this.#running = this.sweep(this.#abort.signal).finally(() => {
      this.#running = undefined;
      this.#lastDurationMs = Date.now() - startedAt;
    });
    return this.#running;
  }

  #plan(delayMs: number): void {
    const dueAt = Date.now() + delayMs;
    if (!this.#isOpen || dueAt >= this.#dueAt) return;
    clearTimeout(this.#timer);
    this.#dueAt = dueAt;
    this.#timer = setTimeout(() => void this.#run(), delayMs);
  }

  async #run(): Promise<void> {
    this.#dueAt = Infinity;
    let nextMs = this.intervalMs;
    try {
      await this.sweepNow();
      this.#failures = 0;
    } catch (error) {
      if (!this.#isOpen) return;
      this.#failures += 1;
      nextMs = Math.min(this.intervalMs, RETRY_MS * 2 ** this.#failures);
      if (this.#failures === 1)
        this.report(`event bridge: sweep failed, will be tried again: ${String(error)}`);
    }
    this.#plan(nextMs);
  }
}
