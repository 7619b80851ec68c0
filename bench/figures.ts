import type { Sample } from './compare.js';
import { summarize, type Summary } from './statistics.js';

/** CPU-seconds a GB, round by round. */
export function cpuSecondsPerGB(samples: readonly Sample[], sizeBytes: number): number[] {
  return samples.map(({ cpuSeconds }) => cpuSeconds / (sizeBytes / 1e9));
}

/** The figures of one contender on one object. */
export interface Figures {
  readonly cpuSecondsPerGB: Summary;
  readonly megabytesPerSecond: Summary;
  readonly peakRssMB: Summary;
}

/** Whole processes, start-up included. */
export function figuresOf(samples: readonly Sample[], sizeBytes: number): Figures {
  return {
    cpuSecondsPerGB: summarize(cpuSecondsPerGB(samples, sizeBytes)),
    megabytesPerSecond: summarize(samples.map(({ wallSeconds }) => sizeBytes / 1e6 / wallSeconds)),
    peakRssMB: summarize(samples.map(({ peakRssBytes }) => peakRssBytes / 1e6)),
  };
}
