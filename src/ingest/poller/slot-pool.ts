import { WaitingRoom } from './waiting-room.js';

/** A bounded number of slots, taken several at a time. */
export class SlotPool {
  #free: number;
  readonly #waiting = new WaitingRoom();

  /** @param stop ends the waiting */
  constructor(
    private readonly size: number,
    private readonly stop: AbortSignal,
  ) {
    this.#free = size;
    const stopped = () => {
      this.#waiting.wakeAll();
    };
    stop.addEventListener('abort', stopped, { once: true });
  }

  get taken(): number {
    return this.size - this.#free;
  }

  /**
   * Takes `wanted` slots; where they are not free within `patienceMs`, as many as there are then, at least one.
   * @returns how many; 0 when stopped first
   */
  async take(wanted: number, patienceMs: number): Promise<number> {
    const goal = Math.min(wanted, this.size);
    const patience = { isOver: false };
    const timer = setTimeout(() => {
      patience.isOver = true;
      this.#waiting.wakeAll();
    }, patienceMs);
    const needed = () => (patience.isOver ? 1 : goal);
    try {
      while (!this.stop.aborted && this.#free < needed()) await this.#waiting.changed();
      if (this.stop.aborted) return 0;
      const count = Math.min(goal, this.#free);
      this.#free -= count;
      return count;
    } finally {
      clearTimeout(timer);
    }
  }

  give(count: number): void {
    this.#free += count;
    if (count > 0) this.#waiting.wakeAll();
  }
}
