import { MidstateError } from '../../core/failures.js';
import { WaitingRoom } from './waiting-room.js';

export interface GateSettings {
  /** Starts at once while the server keeps up. */
  readonly maxConcurrent: number;
  /** Pause after the first refusal; doubled for each that follows. */
  readonly firstPauseMs: number;
  readonly maxPauseMs: number;
}

interface ClosedGate {
  readonly pauseMs: number;
  /** True from the end of the pause until somebody tries the server. */
  mayProbe: boolean;
}

/**
 * Stands before the Temporal server. A start that the server does not take (unreachable, or `RESOURCE_EXHAUSTED`)
 * closes the gate: everybody waits, and one start at a time tries the server, at growing pauses. The first that gets
 * through opens it again. Each refusal halves how many starts go at once; successes win it back one by one.
 */
export class StartGate {
  #limit: number;
  #running = 0;
  /** Set while the gate is closed. */
  #closed: ClosedGate | undefined;
  readonly #waiting = new WaitingRoom();
  #timer: NodeJS.Timeout | undefined;

  /** @param stop ends the waiting, not the work: what is under way is finished */
  constructor(
    private readonly settings: GateSettings,
    private readonly stop: AbortSignal,
    private readonly onChange: (isOpen: boolean) => void = () => undefined,
  ) {
    this.#limit = settings.maxConcurrent;
    const stopped = () => {
      clearTimeout(this.#timer);
      this.#waiting.wakeAll();
    };
    stop.addEventListener('abort', stopped, { once: true });
  }

  get isOpen(): boolean {
    return this.#closed === undefined;
  }

  /**
   * Runs `work` until the server takes it.
   * @throws whatever `work` throws that no waiting cures; TemporalUnavailable when stopped while the gate is closed
   */
  async run<T>(work: () => Promise<T>): Promise<T> {
    let refusal = stoppedBefore();
    for (;;) {
      const isProbe = await this.#enter();
      if (isProbe === undefined) throw refusal;
      try {
        const result = await work();
        this.#succeeded();
        return result;
      } catch (error) {
        if (!isRefusal(error)) {
          // The server answered, whatever it said: it can be reached.
          if (isProbe) this.#succeeded();
          throw error;
        }
        refusal = error as MidstateError;
        this.#refused(isProbe);
        if (this.stop.aborted) throw error;
      } finally {
        this.#running -= 1;
        this.#waiting.wakeAll();
      }
    }
  }

  /** Resolves when the gate is open, or `stop` has aborted. */
  async opened(): Promise<void> {
    while (this.#closed !== undefined && !this.stop.aborted) await this.#waiting.changed();
  }

  /** Takes a place among the running; true for the one that tries a closed gate, undefined when stopped before it. */
  async #enter(): Promise<boolean | undefined> {
    for (;;) {
      const closed = this.#closed;
      if (closed === undefined) {
        if (this.#running < Math.floor(this.#limit)) {
          this.#running += 1;
          return false;
        }
        await this.#waiting.changed();
        continue;
      }
      if (this.stop.aborted) return undefined;
      if (closed.mayProbe) {
        closed.mayProbe = false;
        this.#running += 1;
        return true;
      }
      await this.#waiting.changed();
    }
  }

  #succeeded(): void {
    this.#limit = Math.min(this.settings.maxConcurrent, this.#limit + 1 / this.#limit);
    if (this.#closed === undefined) return;
    this.#closed = undefined;
    clearTimeout(this.#timer);
    this.onChange(true);
    this.#waiting.wakeAll();
  }

  #refused(isProbe: boolean): void {
    const closed = this.#closed;
    // Starts that were under way when the gate closed say nothing new.
    if (closed !== undefined && !isProbe) return;
    const { firstPauseMs, maxPauseMs } = this.settings;
    const pauseMs = closed === undefined ? firstPauseMs : Math.min(closed.pauseMs * 2, maxPauseMs);
    const now: ClosedGate = { pauseMs, mayProbe: false };
    this.#closed = now;
    this.#limit = Math.max(1, this.#limit / 2);
    this.#timer = setTimeout(() => {
      now.mayProbe = true;
      this.#waiting.wakeAll();
    }, pauseMs);
    if (closed === undefined) this.onChange(false);
  }
}

function isRefusal(error: unknown): boolean {
  return error instanceof MidstateError && error.failure === 'TemporalUnavailable';
}

function stoppedBefore(): MidstateError {
  return new MidstateError(
    'TemporalUnavailable',
    'start workflow: stopped before the Temporal server answered',
  );
}
