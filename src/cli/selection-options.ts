import { InvalidArgumentError, type Command } from 'commander';
import { isJobFailureCause, JOB_FAILURE_CAUSES, type JobFailureCause } from '../core/job-metrics.js';
import { parseMoment } from '../core/parse-moment.js';
import type { S3Location } from '../core/s3-uri.js';
import {
  parseS3Prefix,
  UNDONE_STATES,
  type JobSelection,
  type UndoneState,
} from '../core/visibility-query.js';

/** What `failed` and `replay` let a user say of the jobs meant. */
export interface SelectionOptions {
  readonly cause?: readonly JobFailureCause[];
  readonly since?: string;
  readonly until?: string;
  readonly prefix?: S3Location;
  readonly ended?: readonly UndoneState[];
}

export function addSelectionOptions(command: Command): Command {
  return command
    .option('--cause <list>', 'only those that failed of it, e.g. AccessDenied,KmsDenied', parseCauses)
    .option('--since <time>', 'only those that ended since: 30m, 2h, 3d (ago), or 2026-11-25T10:00:00Z')
    .option('--until <time>', 'only those that ended before')
    .option('--prefix <s3://bucket/keys>', 'only objects whose keys begin so', parsePrefix)
    .option('--ended <list>', `how they ended: ${UNDONE_STATES.join(', ')} (default: failed)`, parseStates);
}

/** @throws MidstateError InvalidInput for a time that is none */
export function selectionOf(
  { cause, since, until, prefix, ended }: SelectionOptions,
  query: string | undefined,
  nowMs: number,
): JobSelection {
  return {
    ended: ended ?? ['failed'],
    ...(cause === undefined ? {} : { causes: cause }),
    ...(since === undefined ? {} : { since: parseMoment(since, nowMs) }),
    ...(until === undefined ? {} : { until: parseMoment(until, nowMs) }),
    ...(prefix === undefined ? {} : { prefix }),
    ...(query === undefined ? {} : { query }),
  };
}

function parseCauses(text: string): JobFailureCause[] {
  const causes = wordsOf(text);
  const unknown = causes.find((cause) => !isJobFailureCause(cause));
  if (unknown !== undefined) {
    throw new InvalidArgumentError(`expected some of ${JOB_FAILURE_CAUSES.join(', ')}, got ${unknown}.`);
  }
  return causes.filter(isJobFailureCause);
}

function parseStates(text: string): UndoneState[] {
  return wordsOf(text).map((word) => {
    const state = UNDONE_STATES.find((known) => known === word);
    if (state !== undefined) return state;
    throw new InvalidArgumentError(`expected some of ${UNDONE_STATES.join(', ')}, got ${word}.`);
  });
}

function parsePrefix(text: string): S3Location {
  try {
    return parseS3Prefix(text);
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? `${error.message}.` : 'invalid.');
  }
}

function wordsOf(text: string): string[] {
  return text.split(',').flatMap((word) => (word.trim() === '' ? [] : [word.trim()]));
}

/** Parses a whole number from 1. */
export function parseCount(text: string): number {
  const count = Number(text);
  if (Number.isSafeInteger(count) && count >= 1) return count;
  throw new InvalidArgumentError(`expected a whole number from 1, got ${text}.`);
}
