import { InvalidArgumentError, type Command } from 'commander';

/** Options of `midstate backfill` and `midstate reconcile`. */
export interface BackfillOptions {
  readonly inventory?: string;
  readonly csv?: string;
  readonly algorithms?: string;
  readonly publish?: string;
  readonly policyFile?: string;
  readonly missingOnly?: boolean;
  readonly rate?: number;
  readonly limit?: number;
  readonly dryRun?: boolean;
  readonly wait?: boolean;
  readonly json?: boolean;
}

/** Options that both commands have. */
export function addBackfillOptions(command: Command): Command {
  return command
    .option('--algorithms <list>', 'digests to compute, e.g. sha1,sha256 (default: the workflow worker’s)')
    .option('--publish <list>', 'write digests to tags, sidecar, or both (default: the workflow worker’s)')
    .option('--rate <objects/s>', 'look at no more objects a second', parseRate)
    .option(
      '--limit <count>',
      'start so many jobs at most; with --dry-run, look at so many objects',
      parseCount,
    )
    .option('--dry-run', 'say what would be started and what that takes, and start nothing')
    .option('--wait', 'follow it to its end')
    .option('--json', 'print JSON');
}

export function parseCount(text: string): number {
  const count = Number(text);
  if (Number.isSafeInteger(count) && count >= 1) return count;
  throw new InvalidArgumentError(`expected a whole number from 1, got ${text}.`);
}

/** An activity waits out the gaps: with fewer a second a pause would be late. */
const LEAST_RATE = 0.1;

function parseRate(text: string): number {
  const rate = Number(text);
  if (Number.isFinite(rate) && rate >= LEAST_RATE) return rate;
  throw new InvalidArgumentError(`expected objects a second, at least ${String(LEAST_RATE)}, got ${text}.`);
}
