import type { MemoryClassMB } from '../core/memory-classes.js';
import type { Arrivals } from './arrivals.js';
import { MINUTE_SECONDS, minuteOf, Series } from './series.js';
import { ArrivalForesight, startedJobs } from './starting-gate.js';
import { Station, workerSecondsOf, type StationOptions, type WorkersChange } from './station.js';

export interface SimulationInput {
  readonly arrivals: Arrivals;
  /** All with the same interval between looks. */
  readonly stations: readonly StationOptions[];
  /** Index of the station that takes objects of this size. */
  readonly stationOf: (sizeBytes: number) => number;
  /** Jobs that can be started in a second; default: any number. */
  readonly startsPerSecond?: number | undefined;
  /** Nothing that ends later is counted; default: all is waited for. */
  readonly horizonSeconds?: number | undefined;
  /** Told of each object that was begun: for what it costs. */
  readonly onObject?: (stationIndex: number, sizeBytes: number, seconds: number) => void;
}

export interface StationSummary {
  readonly memoryMB: MemoryClassMB;
  readonly objects: number;
  readonly bytes: number;
  /** Seconds with work, summed up over slots. */
  readonly slotSeconds: number;
  /** Seconds that workers were there, summed up. */
  readonly workerSeconds: number;
  /** Waited for workers that were still to come, and for workers of the whole fleet; summed up over objects. */
  readonly scalingWaitSeconds: number;
  readonly workersWaitSeconds: number;
  readonly changes: readonly WorkersChange[];
}

export interface Simulation {
  readonly objects: number;
  readonly done: number;
  /** Of the objects that are done. */
  readonly bytes: number;
  /** Second of the last digest. */
  readonly endSeconds: number;
  /** By minute. */
  readonly arrivedPerMinute: readonly number[];
  readonly donePerMinute: readonly number[];
  /** At each minute's end: objects that nobody has begun, and the age of the oldest of them. */
  readonly waiting: readonly number[];
  readonly oldestSeconds: readonly number[];
  /** From arrival to digest, of the objects that are done. */
  readonly toDigestSeconds: { p50: number; p95: number; p99: number; max: number };
  /** Waited for its job to be started, summed up over objects. */
  readonly startingWaitSeconds: number;
  readonly stations: readonly StationSummary[];
}

/**
 * Simulates every object from its arrival to its digest: a queue in order of arrival for each class, workers that come
 * and go as their scaling has it, exact to the event. Memory: 4 bytes an object, whatever waits.
 * @throws MidstateError InvalidInput when it would go on for more than ten years
 */
export function simulate(input: SimulationInput): Simulation {
  const run = new Run(input);
  const cursor = startedJobs(input.arrivals, input.startsPerSecond);
  while (cursor.advance()) run.object(cursor.atSeconds, cursor.readySeconds, cursor.sizeBytes);
  return run.summary();
}

/** Sums of seconds are off by less. */
const ROUNDING_SECONDS = 1e-6;

/** What is summed up of a station while it runs. */
class Tally {
  objects = 0;
  bytes = 0;
  slotSeconds = 0;
  scalingWaitSeconds = 0;
  workersWaitSeconds = 0;
  /** The first minute whose end this class's queue has not passed. */
  minute = 0;
}

class Run {
  readonly #stations: readonly Station[];
  readonly #tallies: readonly Tally[];
  readonly #arrived = new Series();
  readonly #begun = new Series();
  readonly #done = new Series();
  readonly #oldest = new Series();
  readonly #toDigest: Float32Array;
  readonly #horizon: number;
  #doneCount = 0;
  #doneBytes = 0;
  #endSeconds = 0;
  #startingWait = 0;

  constructor(private readonly input: SimulationInput) {
    const { arrivals, stations, stationOf, startsPerSecond } = input;
    const interval = stations[0]?.scaling.lookEverySeconds ?? Infinity;
    const foresight = new ArrivalForesight(
      startedJobs(arrivals, startsPerSecond),
      interval,
      stationOf,
      stations.length,
    );
    this.#stations = stations.map(
      (options, index) => new Station(options, (look) => foresight.arrivedBy(index, look)),
    );
    this.#tallies = stations.map(() => new Tally());
    this.#toDigest = new Float32Array(arrivals.count);
    this.#horizon = input.horizonSeconds ?? Infinity;
  }

  object(atSeconds: number, readySeconds: number, sizeBytes: number): void {
    const index = this.input.stationOf(sizeBytes);
    const station = this.#stations[index] as Station;
    const tally = this.#tallies[index] as Tally;
    if (atSeconds > this.#horizon) return;
    this.#arrived.add(minuteOf(atSeconds), 1);
    const seconds = station.options.secondsFor(sizeBytes);
    const start = station.begin(readySeconds, seconds);
    this.#age(tally, atSeconds, Math.min(start, this.#horizon + ROUNDING_SECONDS));
    if (start >= this.#horizon) return;
    this.#begun.add(minuteOf(start), 1);
    this.#startingWait += readySeconds - atSeconds;
    const growing = start > readySeconds ? station.growingSeconds(readySeconds, start) : 0;
    tally.scalingWaitSeconds += growing;
    tally.workersWaitSeconds += start - readySeconds - growing;
    tally.objects += 1;
    tally.bytes += sizeBytes;
    tally.slotSeconds += Math.min(seconds, this.#horizon - start);
    this.input.onObject?.(index, sizeBytes, seconds);
    this.#finish(atSeconds, start + seconds, sizeBytes);
  }

  #finish(atSeconds: number, endSeconds: number, sizeBytes: number): void {
    if (endSeconds > this.#horizon + ROUNDING_SECONDS) return;
    if (endSeconds > this.#endSeconds) this.#endSeconds = endSeconds;
    this.#done.add(minuteOf(endSeconds), 1);
    this.#toDigest[this.#doneCount++] = endSeconds - atSeconds;
    this.#doneBytes += sizeBytes;
  }

  /** An object is the oldest of its class's queue at the ends of minutes between the start of the one before and its own. */
  #age(tally: Tally, atSeconds: number, startSeconds: number): void {
    for (;;) {
      const endOfMinute = (tally.minute + 1) * MINUTE_SECONDS;
      if (endOfMinute >= startSeconds) return;
      if (atSeconds <= endOfMinute) this.#oldest.raise(tally.minute, endOfMinute - atSeconds);
      tally.minute += 1;
    }
  }

  summary(): Simulation {
    const end = Number.isFinite(this.#horizon) ? this.#horizon : this.#endSeconds;
    for (const station of this.#stations) station.finish(end);
    const minutes = Math.max(minuteOf(end) + 1, this.#arrived.length);
    const arrivedPerMinute = this.#arrived.toArray(minutes);
    return {
      objects: this.input.arrivals.count,
      done: this.#doneCount,
      bytes: this.#doneBytes,
      endSeconds: this.#endSeconds,
      arrivedPerMinute,
      donePerMinute: this.#done.toArray(minutes),
      waiting: waitingOf(arrivedPerMinute, this.#begun),
      oldestSeconds: this.#oldest.toArray(minutes),
      toDigestSeconds: percentilesOf(this.#toDigest.subarray(0, this.#doneCount)),
      startingWaitSeconds: this.#startingWait,
      stations: this.#stations.map((station, index) => {
        const { minute: _, ...tally } = this.#tallies[index] as Tally;
        return {
          memoryMB: station.options.memoryMB,
          ...tally,
          workerSeconds: workerSecondsOf(station.changes, end),
          changes: station.changes.filter(({ atSeconds }) => atSeconds < end),
        };
      }),
    };
  }
}

function waitingOf(arrivedPerMinute: readonly number[], begun: Series): number[] {
  let waiting = 0;
  return arrivedPerMinute.map((arrived, minute) => (waiting += arrived - begun.at(minute)));
}

/** Of the values in place; each percentile is a value that occurred (nearest rank). */
function percentilesOf(values: Float32Array): Simulation['toDigestSeconds'] {
  values.sort();
  const at = (part: number) => values[Math.max(0, Math.ceil(part * values.length) - 1)] ?? 0;
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) };
}
