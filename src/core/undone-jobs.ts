import { FAILURE_ADVICE } from './failure-advice.js';
import type { FailureNote } from './failure-note.js';
import { isJobFailureCause } from './job-metrics.js';
import type { S3Location } from './s3-uri.js';
import type { UndoneState } from './visibility-query.js';

/** One run of a job. */
export interface JobRun {
  readonly workflowId: string;
  readonly runId: string;
}

/** A job that ended without a result, as it is listed. */
export interface UndoneJob extends JobRun {
  readonly object: S3Location;
  readonly state: UndoneState;
  /** The taxonomy's name; of a job that did not fail, its state. */
  readonly cause: string;
  /** ISO 8601. */
  readonly closedAt: string;
  readonly memoryClassMB?: number;
  readonly sizeBytes?: number;
  /** Absent of jobs that an earlier version ran, and of those that did not fail. */
  readonly note?: FailureNote;
}

export const GROUPINGS = ['cause', 'bucket', 'prefix', 'class', 'time'] as const;

export type Grouping = (typeof GROUPINGS)[number];

/** Jobs that have something in common, and the newest of them. */
export interface JobGroup {
  readonly name: string;
  readonly count: number;
  /** Counts by cause, the most frequent first. */
  readonly causes: Readonly<Record<string, number>>;
  readonly sizeBytes: number;
  readonly example: UndoneJob;
}

/** Groups jobs: by time in their order in time, else the largest first. */
export function groupJobs(jobs: readonly UndoneJob[], by: Grouping): JobGroup[] {
  const nameOf = namerOf(jobs, by);
  const members = new Map<string, UndoneJob[]>();
  for (const job of jobs) {
    const name = nameOf(job);
    const group = members.get(name);
    if (group === undefined) members.set(name, [job]);
    else group.push(job);
  }
  const groups = [...members].map(([name, group]) => groupOf(name, group));
  return groups.sort((a, b) =>
    by === 'time' ? a.name.localeCompare(b.name) : b.count - a.count || a.name.localeCompare(b.name),
  );
}

/** What to do about jobs that ended so: of a cause, its advice. */
export function adviceOf(cause: string): string {
  if (isJobFailureCause(cause)) return FAILURE_ADVICE[cause].advice;
  return 'ended by hand: `midstate replay` starts it again, from its checkpoint';
}

/** What a cause means, in a few words. */
export function meaningOf(cause: string): string {
  return isJobFailureCause(cause) ? FAILURE_ADVICE[cause].meaning : 'an operator ended it';
}

function groupOf(name: string, jobs: readonly UndoneJob[]): JobGroup {
  const causes: Record<string, number> = {};
  for (const { cause } of jobs) causes[cause] = (causes[cause] ?? 0) + 1;
  const example = jobs.reduce((newest, job) => (job.closedAt > newest.closedAt ? job : newest));
  return {
    name,
    count: jobs.length,
    causes: Object.fromEntries(Object.entries(causes).sort(([, a], [, b]) => b - a)),
    sizeBytes: jobs.reduce((sum, { sizeBytes = 0 }) => sum + sizeBytes, 0),
    example,
  };
}

/** Jobs that failed over more than two days are grouped by day, else by hour. */
const HOURLY_UP_TO_MS = 48 * 3_600_000;

function namerOf(jobs: readonly UndoneJob[], by: Grouping): (job: UndoneJob) => string {
  switch (by) {
    case 'cause':
      return ({ cause }) => cause;
    case 'bucket':
      return ({ object }) => `s3://${object.bucket}`;
    case 'prefix':
      return ({ object }) => `s3://${object.bucket}/${folderOf(object.key)}`;
    case 'class':
      return ({ memoryClassMB }) => (memoryClassMB === undefined ? 'unknown' : `${String(memoryClassMB)} MB`);
    case 'time': {
      const times = jobs.map(({ closedAt }) => Date.parse(closedAt));
      const spanMs =
        times.reduce((a, b) => Math.max(a, b), 0) - times.reduce((a, b) => Math.min(a, b), Infinity);
      return spanMs > HOURLY_UP_TO_MS
        ? ({ closedAt }) => closedAt.slice(0, 10)
        : ({ closedAt }) => `${closedAt.slice(0, 13)}:00Z`;
    }
  }
}

/** Up to the first slash, that included; empty where there is none. */
function folderOf(key: string): string {
  return key.slice(0, key.indexOf('/') + 1);
}
