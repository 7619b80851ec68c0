/** How long something stood still, after faults of one kind. */
export interface Recovery {
  readonly after: string;
  readonly times: number;
  /** Activities looked at, where it is counted by activity. */
  readonly activities: number;
  readonly medianSeconds: number;
  readonly longestSeconds: number;
}

/** Counts what was done, and keeps how long each recovery took. */
export class RunLog {
  readonly #faults = new Map<string, number>();
  readonly #recoveries = new Map<string, { seconds: number[]; activities: number }>();
  readonly #problems: string[] = [];
  #processKills = 0;

  constructor(private readonly report: (line: string) => void) {}

  injected(name: string): void {
    this.#faults.set(name, (this.#faults.get(name) ?? 0) + 1);
  }

  processKilled(name: string): void {
    this.#processKills++;
    this.injected(name);
  }

  recovered(after: string, seconds: number, activities = 0): void {
    const known = this.#recoveries.get(after) ?? { seconds: [], activities: 0 };
    known.seconds.push(seconds);
    this.#recoveries.set(after, { ...known, activities: known.activities + activities });
    this.report(`${after}: went on after ${seconds.toFixed(1)} s`);
  }

  /** Notes what the suite itself could not do. */
  problem(what: string): void {
    this.#problems.push(what);
    this.report(`not done: ${what}`);
  }

  get problems(): readonly string[] {
    return this.#problems;
  }

  say(line: string): void {
    this.report(line);
  }

  get processKills(): number {
    return this.#processKills;
  }

  /** By kind, in the order of their first. */
  get faults(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#faults].sort(([a], [b]) => a.localeCompare(b)));
  }

  get recoveries(): readonly Recovery[] {
    return [...this.#recoveries].map(([after, { seconds, activities }]) => {
      const sorted = [...seconds].sort((a, b) => a - b);
      return {
        after,
        times: sorted.length,
        activities,
        medianSeconds: sorted[Math.floor(sorted.length / 2)] ?? 0,
        longestSeconds: sorted.at(-1) ?? 0,
      };
    });
  }
}
