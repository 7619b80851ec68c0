import type { ChaosSettings } from '../plan.js';
import type { Allowance } from '../read-account.js';
import { TEMPORAL_BOUND_SECONDS, WORKER_BOUND_SECONDS } from '../recovery.js';
import type { Recovery } from '../run-log.js';

/** What a run has come to: the report's figures. */
export interface ChaosFigures {
  readonly seed: string;
  readonly mode: string;
  readonly startedAt: string;
  readonly faultSeconds: number;
  readonly seconds: number;
  /** Uploads, versions that took another's place included, and how their jobs ended. */
  readonly uploads: number;
  readonly hashed: number;
  readonly superseded: number;
  readonly gone: number;
  /** Least and greatest number of objects that were in flight while faults were injected. */
  readonly inFlight: { readonly least: number; readonly most: number };
  readonly faults: Readonly<Record<string, number>>;
  readonly processKills: number;
  /** Faults that could not be had here, and why. */
  readonly missing: Readonly<Record<string, string>>;
  readonly bytesHashed: number;
  readonly bytesRead: number;
  readonly bytesReadInVain: number;
  readonly bytesReadTwice: number;
  readonly allowances: readonly Allowance[];
  readonly recoveries: readonly Recovery[];
  readonly wrongDigests: readonly string[];
  readonly lostObjects: readonly string[];
  readonly doubleResults: readonly string[];
  /** Jobs that ended without a result; those of objects that had to be hashed are lost ones too. */
  readonly failedJobs: readonly string[];
  /** What the suite itself could not do as it was planned. */
  readonly problems: readonly string[];
}

export function faultsOf({ faults }: Pick<ChaosFigures, 'faults'>): number {
  return Object.values(faults).reduce((sum, count) => sum + count, 0);
}

export function allowedBytes({ allowances }: Pick<ChaosFigures, 'allowances'>): number {
  return allowances.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** Of recoveries that have one. */
export function boundSeconds(after: string): number | undefined {
  if (after === 'worker killed') return WORKER_BOUND_SECONDS;
  return after === 'Temporal back' ? TEMPORAL_BOUND_SECONDS : undefined;
}

/** What was not reached, one sentence each; none: the run has passed. */
export function violationsOf(
  figures: ChaosFigures,
  { leastFaults, leastKills }: Pick<ChaosSettings, 'leastFaults' | 'leastKills'>,
): string[] {
  const { wrongDigests, lostObjects, doubleResults, failedJobs, problems, bytesReadTwice, processKills } =
    figures;
  const tooMany = (what: string, names: readonly string[]) =>
    names.length === 0
      ? []
      : [`${what}: expected 0, got ${String(names.length)}: ${names.slice(0, 3).join('; ')}`];
  const tooFew = (what: string, least: number, count: number) =>
    count >= least ? [] : [`${what}: expected at least ${String(least)}, got ${String(count)}`];
  const allowed = allowedBytes(figures);
  return [
    ...tooMany('wrong digests', wrongDigests),
    ...tooMany('lost objects', lostObjects),
    ...tooMany('double results', doubleResults),
    ...tooMany('failed jobs', failedJobs),
    ...tooMany('faults that went wrong', problems),
    ...tooFew('faults', leastFaults, faultsOf(figures)),
    ...tooFew('process kills', leastKills, processKills),
    ...(bytesReadTwice <= allowed
      ? []
      : [`bytes read twice: expected at most ${String(allowed)}, got ${String(bytesReadTwice)}`]),
    ...figures.recoveries.flatMap(({ after, longestSeconds }) => {
      const bound = boundSeconds(after);
      if (bound === undefined || longestSeconds <= bound) return [];
      return [`${after}: expected to go on within ${String(bound)} s, took ${longestSeconds.toFixed(1)} s`];
    }),
  ];
}
