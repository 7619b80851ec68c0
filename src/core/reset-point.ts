import { MidstateError } from './failures.js';

/** An activity as a history has it. */
export interface ScheduledRange {
  /** The activity's summary: `range 3/5 · 2.0–3.0 GB · 512 MB`. */
  readonly summary: string;
  /** The event at which the workflow decided on it. */
  readonly decidedAtEventId: number;
}

/**
 * Where to reset a run so that it hashes from range `range` on again, and keeps the results of those before it.
 * @throws MidstateError InvalidInput when the run has not begun that range
 */
export function resetPoint(scheduled: readonly ScheduledRange[], range: number): number {
  const begun = scheduled.flatMap(({ summary, decidedAtEventId }) => {
    const [, number] = /^range (\d+)\/\d+ /.exec(summary) ?? [];
    return number === undefined ? [] : [{ number: Number(number), decidedAtEventId }];
  });
  const found = begun.find(({ number }) => number === range);
  if (found !== undefined) return found.decidedAtEventId;
  const numbers = begun.map(({ number }) => number);
  const what =
    numbers.length === 0
      ? 'it has begun none (an object of one chunk has none)'
      : `it has begun ${String(Math.min(...numbers))} to ${String(Math.max(...numbers))}`;
  throw new MidstateError(
    'InvalidInput',
    `reset: the job's newest run has no range ${String(range)}: ${what}`,
  );
}
