/** Those who wait for a change; each looks for itself whether it is the one it waits for. */
export class WaitingRoom {
  #waiting: (() => void)[] = [];

  /** Resolves at the next change. */
  changed(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  wakeAll(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }
}
