import { InvalidArgumentError } from 'commander';

const SECONDS: Readonly<Record<string, number>> = { m: 60, h: 3_600, d: 86_400, w: 604_800 };

/** Runs more often than that would not come to their end. */
const LEAST_SECONDS = 60;

/**
 * Parses `30m`, `6h`, `1d`, `1w`.
 * @returns seconds, at least 60
 * @throws InvalidArgumentError of the command line
 */
export function parseEvery(text: string): number {
  const [, count = '', unit = ''] = /^(\d+)([mhdw])$/.exec(text) ?? [];
  const seconds = Number(count) * (SECONDS[unit] ?? 0);
  if (seconds >= LEAST_SECONDS) return seconds;
  throw new InvalidArgumentError(`expected a time like 30m, 6h, 1d or 1w, got ${text}.`);
}
