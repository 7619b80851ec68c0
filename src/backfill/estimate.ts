import { jobNeeds, usualJobSeconds, type EstimatedObject } from '../core/job-needs.js';
import type { MemoryClassMB } from '../core/memory-classes.js';
import { PRICES } from '../core/prices.js';

export interface Cost {
  readonly s3Requests: number;
  readonly workers: number;
  readonly temporalActions: number;
  readonly total: number;
}

/** What a backfill would take. Hours are of one worker of the class that does nothing else. */
export interface Estimate {
  readonly objects: number;
  readonly bytes: number;
  /** Objects whose source does not tell their size: only their requests and actions for an empty one are in here. */
  readonly unknownSizes: number;
  readonly s3: { readonly gets: number; readonly puts: number; readonly lists: number };
  readonly temporalActions: number;
  /** By memory class in MB. */
  readonly classes: Readonly<
    Record<string, { readonly objects: number; readonly bytes: number; readonly workerHours: number }>
  >;
  /** In US dollars, at `PRICES`. */
  readonly cost: Cost;
  readonly pricesAsOf: string;
}

/** Adds up what objects would take. Nothing here asks anybody. */
export class Estimator {
  #objects = 0;
  #bytes = 0;
  #unknownSizes = 0;
  readonly #s3 = { gets: 0, puts: 0, lists: 0 };
  #actions = 0;
  readonly #classes = new Map<MemoryClassMB, { objects: number; bytes: number; seconds: number }>();

  /** Requests and actions that finding the objects takes. */
  addSearch(search: { readonly lists: number; readonly gets: number; readonly actions: number }): void {
    this.#s3.lists += search.lists;
    this.#s3.gets += search.gets;
    this.#actions += search.actions;
  }

  add(object: EstimatedObject): void {
    const { sizeBytes = 0, memoryClassMB } = object;
    const seconds = usualJobSeconds(object);
    const needs = jobNeeds(object, seconds);
    this.#objects += 1;
    this.#bytes += sizeBytes;
    this.#unknownSizes += object.sizeBytes === undefined ? 1 : 0;
    this.#s3.gets += needs.gets;
    this.#s3.puts += needs.puts;
    this.#actions += needs.temporalActions;
    const sum = this.#classes.get(memoryClassMB) ?? { objects: 0, bytes: 0, seconds: 0 };
    sum.objects += 1;
    sum.bytes += sizeBytes;
    sum.seconds += seconds;
    this.#classes.set(memoryClassMB, sum);
  }

  total(): Estimate {
    const classes = [...this.#classes].sort(([a], [b]) => a - b);
    return {
      objects: this.#objects,
      bytes: this.#bytes,
      unknownSizes: this.#unknownSizes,
      s3: { ...this.#s3 },
      temporalActions: this.#actions,
      classes: Object.fromEntries(
        classes.map(([memoryMB, { objects, bytes, seconds }]) => [
          String(memoryMB),
          { objects, bytes, workerHours: seconds / 3_600 },
        ]),
      ),
      cost: this.#cost(),
      pricesAsOf: PRICES.asOf,
    };
  }

  #cost(): Cost {
    const { gets, puts, lists } = this.#s3;
    const s3Requests =
      ((puts + lists) * PRICES.s3ListsAndPutsPerThousand + gets * PRICES.s3GetsPerThousand) / 1_000;
    const workers = [...this.#classes].reduce(
      (sum, [memoryMB, { seconds }]) => sum + seconds * (memoryMB / 1_024) * PRICES.lambdaPerGBSecond,
      0,
    );
    const temporalActions = (this.#actions * PRICES.temporalActionsPerMillion) / 1_000_000;
    return { s3Requests, workers, temporalActions, total: s3Requests + workers + temporalActions };
  }
}
