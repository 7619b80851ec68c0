import type { JobFailureCause } from './job-metrics.js';
import { MidstateError } from './failures.js';
import type { S3Location } from './s3-uri.js';
import { indexable } from './workflow-id.js';

/**
 * Visibility query for the jobs of an object, and perhaps a few others: the memo tells which. A key with a double
 * quote, a backslash or a control character (escaped with one) is sought by what comes before it, for SQL visibility
 * stores find no value that has one (measured on SQLite, server 1.29.1, however it is escaped).
 */
export function objectQuery({ bucket, key }: S3Location): string {
  return [bucketCondition(bucket), ...keyCondition(key, '=')].join(' AND ');
}

/** States that a job can end in without a result. */
export const UNDONE_STATES = ['failed', 'cancelled', 'terminated', 'timed-out'] as const;

export type UndoneState = (typeof UNDONE_STATES)[number];

const EXECUTION_STATUS: Readonly<Record<UndoneState, string>> = {
  failed: 'Failed',
  cancelled: 'Canceled',
  terminated: 'Terminated',
  'timed-out': 'TimedOut',
};

/** Which jobs without a result are meant; every condition narrows it. */
export interface JobSelection {
  readonly ended: readonly UndoneState[];
  readonly causes?: readonly JobFailureCause[];
  /** ISO 8601: ended at or after it. */
  readonly since?: string;
  /** ISO 8601: ended before it. */
  readonly until?: string;
  /** Objects of a bucket whose keys begin so; an empty key is the whole bucket. */
  readonly prefix?: S3Location;
  /** A visibility query. */
  readonly query?: string;
}

/** The selection as a visibility query. Where the prefix holds what cannot be sought, it finds a few others too. */
export function selectionQuery(selection: JobSelection): string {
  const { ended, causes = [], since, until, prefix, query } = selection;
  return [
    'WorkflowType = "hashObject"',
    anyOf(
      'ExecutionStatus',
      ended.map((state) => EXECUTION_STATUS[state]),
    ),
    ...(causes.length === 0 ? [] : [anyOf('HashCause', causes)]),
    ...(since === undefined ? [] : [`CloseTime >= "${since}"`]),
    ...(until === undefined ? [] : [`CloseTime < "${until}"`]),
    ...(prefix === undefined
      ? []
      : [bucketCondition(prefix.bucket), ...keyCondition(prefix.key, 'STARTS_WITH')]),
    ...(query === undefined ? [] : [`(${query})`]),
  ].join(' AND ');
}

/** True when the object is one of those that the selection's prefix means. */
export function hasPrefix({ bucket, key }: S3Location, { prefix }: JobSelection): boolean {
  return prefix === undefined || (bucket === prefix.bucket && key.startsWith(prefix.key));
}

/** False where the query finds others too, for the prefix holds what visibility stores cannot seek. */
export function isExact({ prefix }: JobSelection): boolean {
  if (prefix === undefined || prefix.key === '') return true;
  return keyCondition(prefix.key, 'STARTS_WITH')[0] === `S3Key STARTS_WITH "${prefix.key}"`;
}

/** Parses `s3://bucket`, `s3://bucket/` or `s3://bucket/start/of/keys`. @throws MidstateError InvalidInput */
export function parseS3Prefix(text: string): S3Location {
  const match = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/s.exec(text);
  const [, bucket, key = ''] = match ?? [];
  if (bucket !== undefined) return { bucket, key };
  throw new MidstateError('InvalidInput', 'prefix: expected s3://bucket or s3://bucket/start-of-keys', {
    facts: { actual: text },
  });
}

/**
 * Condition on ids of workflows. Quotes cannot be in an id of midstate's.
 * @param ids at least one
 */
export function idsCondition(ids: readonly string[]): string {
  return anyOf(
    'WorkflowId',
    ids.map((id) => id.replace(/["\\]/g, '')),
  );
}

function bucketCondition(bucket: string): string {
  return `S3Bucket = "${bucket}"`;
}

function keyCondition(key: string, operator: '=' | 'STARTS_WITH'): string[] {
  const indexed = indexable(key);
  const [plain = ''] = /^[^"\\\p{Cc}]*/u.exec(indexed) ?? [];
  if (plain === '') return [];
  return [`S3Key ${plain === indexed ? operator : 'STARTS_WITH'} "${plain}"`];
}

function anyOf(name: string, values: readonly string[]): string {
  const [first = ''] = values;
  if (values.length === 1) return `${name} = "${first}"`;
  return `${name} IN (${values.map((value) => `"${value}"`).join(', ')})`;
}
