/** Runs messages of one group of a FIFO queue one after the other; groups, and messages without one, side by side. */
export class GroupLanes<T> {
  readonly #tails = new Map<string, Promise<boolean>>();

  /** @param isDone false for a result that keeps its message in the queue */
  constructor(private readonly isDone: (result: T) => boolean) {}

  /**
   * Runs `work` after the group's earlier messages.
   * @returns undefined, with `work` not called, when an earlier one was kept: the queue must give both again, in order
   */
  async run(groupId: string | undefined, work: () => Promise<T>): Promise<T | undefined> {
    if (groupId === undefined) return await work();
    const before = this.#tails.get(groupId) ?? Promise.resolve(true);
    const mine = before.then(async (isFree) => (isFree ? await work() : undefined));
    const tail = mine.then((result) => result !== undefined && this.isDone(result));
    this.#tails.set(groupId, tail);
    try {
      return await mine;
    } finally {
      if (this.#tails.get(groupId) === tail) this.#tails.delete(groupId);
    }
  }
}
