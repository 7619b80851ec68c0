import type { MemoryClassMB } from '../core/memory-classes.js';
import type { Scaling } from './scaling.js';
import { SlotHeap } from './slot-heap.js';

/** The workers of one class, and how long each object keeps a slot of theirs. */
export interface StationOptions {
  readonly memoryMB: MemoryClassMB;
  readonly scaling: Scaling;
  /** Objects that one worker hashes at once. */
  readonly slotsPerWorker: number;
  /** Seconds that an object keeps its slot. */
  readonly secondsFor: (sizeBytes: number) => number;
}

/** From when on a class had how many workers. */
export interface WorkersChange {
  readonly atSeconds: number;
  readonly workers: number;
}

/**
 * One class: objects wait in order of arrival for the first slot to be free. Objects come to it in that order and each
 * is begun no earlier than the one before, so that everything it has to know at a time is known when it is reached.
 */
export class Station {
  readonly changes: WorkersChange[];
  #workers: number;
  #begun = 0;
  #looks = 0;
  /** Seconds before each look in which more workers were still to come. */
  readonly #growing: number[] = [0];
  readonly #free = new SlotHeap();
  readonly #scaler: (look: Parameters<ReturnType<Scaling['createScaler']>>[0]) => number;

  /** @param arrivedBy how many of its objects have come when it looks for the n-th time (from 1) */
  constructor(
    readonly options: StationOptions,
    private readonly arrivedBy: (look: number) => number,
  ) {
    const { scaling, slotsPerWorker } = options;
    this.#scaler = scaling.createScaler();
    this.#workers = scaling.startWorkers;
    this.changes = [{ atSeconds: 0, workers: this.#workers }];
    for (let slot = 0; slot < this.#workers * slotsPerWorker; slot++) this.#free.add(0);
  }

  /**
   * Gives the next object a slot.
   * @returns the second it begins at
   */
  begin(readySeconds: number, seconds: number): number {
    for (;;) {
      const start = Math.max(readySeconds, this.#free.earliest);
      if (this.#nextLookSeconds() > start) {
        this.#free.replaceEarliest(start + seconds);
        this.#begun += 1;
        return start;
      }
      this.#look();
    }
  }

  /** Of a wait from one second to another, the seconds in which the class still grew. */
  growingSeconds(fromSeconds: number, toSeconds: number): number {
    return this.#growingBefore(toSeconds) - this.#growingBefore(fromSeconds);
  }

  /** Looks on to the end: workers that idle may go. */
  finish(atSeconds: number): void {
    while (this.#nextLookSeconds() < atSeconds) this.#look();
  }

  #nextLookSeconds(): number {
    return (this.#looks + 1) * this.options.scaling.lookEverySeconds;
  }

  #isGrowing(): boolean {
    return this.#workers < this.options.scaling.mostWorkers;
  }

  #growingBefore(atSeconds: number): number {
    const { lookEverySeconds } = this.options.scaling;
    if (lookEverySeconds === Infinity) return 0;
    const look = Math.min(Math.floor(atSeconds / lookEverySeconds), this.#growing.length - 1);
    const known = this.#growing[look] ?? 0;
    // Since the last look that was made it is as it is now; between two looks, as the difference tells.
    const grew = look + 1 < this.#growing.length ? (this.#growing[look + 1] ?? 0) > known : this.#isGrowing();
    return known + (grew ? atSeconds - look * lookEverySeconds : 0);
  }

  #look(): void {
    const { scaling, slotsPerWorker } = this.options;
    const before = this.#growing.at(-1) ?? 0;
    this.#growing.push(before + (this.#isGrowing() ? scaling.lookEverySeconds : 0));
    const atSeconds = this.#nextLookSeconds();
    this.#looks += 1;
    const wanted = this.#scaler({
      atSeconds,
      workers: this.#workers,
      waiting: Math.max(0, this.arrivedBy(this.#looks) - this.#begun),
      busyWorkers: () => Math.ceil(this.#free.countLaterThan(atSeconds) / slotsPerWorker),
    });
    if (wanted === this.#workers) return;
    const slots = (wanted - this.#workers) * slotsPerWorker;
    for (let slot = 0; slot < slots; slot++) this.#free.add(atSeconds + scaling.startUpSeconds);
    // What is free first goes first: workers that idle, then those that finish.
    for (let slot = 0; slot < -slots; slot++) this.#free.removeEarliest();
    this.#workers = wanted;
    this.changes.push({ atSeconds, workers: wanted });
  }
}

/** Seconds, summed up over workers, that they were there before `endSeconds`. */
export function workerSecondsOf(changes: readonly WorkersChange[], endSeconds: number): number {
  return changes.reduce((sum, { atSeconds, workers }, index) => {
    const until = Math.min(changes[index + 1]?.atSeconds ?? Infinity, endSeconds);
    return sum + workers * Math.max(0, until - atSeconds);
  }, 0);
}
