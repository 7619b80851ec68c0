import type { JobStanding, ReplayTally, ReplayTarget, StartedAgain } from './replay-contracts.js';

/** So many ends in a row with the cause they had mean that the cause is still there. */
export const STOP_AFTER_SAME_CAUSE = 5;

/** Jobs under way at first, before any has ended well: what a cause that is still there costs at most. */
const FIRST_IN_FLIGHT = 10;

/** Their ids travel in a payload. */
const MOST_IN_FLIGHT = 200;

export function emptyTally(): ReplayTally {
  return {
    started: 0,
    fromCheckpoint: 0,
    bytesSpared: 0,
    fromStart: {},
    skipped: {},
    ended: {},
    failedAgain: {},
    recent: [],
  };
}

/** Adds what became of starting one job. */
export function withStart(tally: ReplayTally, start: StartedAgain): ReplayTally {
  if (start.status === 'skipped') return { ...tally, skipped: plusOne(tally.skipped, start.reason) };
  const { resumedAtByte, reason } = start;
  const isResumed = resumedAtByte > 0;
  return {
    ...tally,
    started: tally.started + 1,
    fromCheckpoint: tally.fromCheckpoint + (isResumed ? 1 : 0),
    bytesSpared: tally.bytesSpared + resumedAtByte,
    fromStart: isResumed ? tally.fromStart : plusOne(tally.fromStart, reason ?? 'as it was asked for'),
  };
}

/** Adds a job's end; stops the replay when as many in a row ended with the cause they had. */
export function withEnd(
  tally: ReplayTally,
  { cause: had }: Pick<ReplayTarget, 'cause'>,
  { end, cause }: Pick<JobStanding, 'end' | 'cause'>,
  stopAfter: number = STOP_AFTER_SAME_CAUSE,
): ReplayTally {
  if (end === undefined) return tally;
  const hasFailed = end === 'failed';
  const isSame = hasFailed && cause === had;
  const recent = [...tally.recent, isSame].slice(-stopAfter);
  const isSystemic = recent.length === stopAfter && recent.every(Boolean);
  return {
    ...tally,
    ended: plusOne(tally.ended, end),
    failedAgain: hasFailed ? plusOne(tally.failedAgain, cause ?? 'Unknown') : tally.failedAgain,
    recent,
    ...(isSystemic && tally.stoppedBecause === undefined ? { stoppedBecause: systemic(stopAfter, had) } : {}),
  };
}

/**
 * Jobs that may be under way at once, at least one: few at first, two more for each that ends well, one less for each of
 * the newest that ended with the cause it had. So a cause that is there from the start costs ten starts at most.
 */
export function mostInFlight({ ended, recent }: ReplayTally): number {
  const { failed: _, ...otherEnds } = ended;
  const well = Object.values(otherEnds).reduce((sum, count) => sum + count, 0);
  const inRow = recent.length - 1 - recent.lastIndexOf(false);
  return Math.max(Math.min(FIRST_IN_FLIGHT + 2 * well, MOST_IN_FLIGHT) - inRow, 1);
}

function systemic(count: number, cause: string): string {
  return `the last ${String(count)} jobs ended with ${cause}, as they had before: remove the cause, then replay again`;
}

function plusOne(counts: Readonly<Record<string, number>>, name: string): Record<string, number> {
  return { ...counts, [name]: (counts[name] ?? 0) + 1 };
}
