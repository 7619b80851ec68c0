import { WorkflowFailedError, type Client, type WorkflowExecutionInfo } from '@temporalio/client';
import { decodeArrayFromPayloads } from '@temporalio/common/lib/internal-non-workflow/index.js';
import type { HashObjectResult } from '../core/contracts.js';
import { isReadingProgress, PROGRESS_QUERY, withReadings, type JobProgress } from '../core/job-progress.js';
import type { S3Location } from '../core/s3-uri.js';
import { describeEnd } from './job-result.js';
import { lastErrorOf } from './last-error.js';
import { serverLocation } from './server-names.js';
import { objectQuery } from '../core/visibility-query.js';

export { objectQuery };

/** One job as an operator sees it. */
export interface JobStatus {
  readonly workflowId: string;
  readonly runId: string;
  /** Temporal's word: RUNNING, COMPLETED, FAILED, CANCELLED, TERMINATED, … */
  readonly execution: string;
  readonly object: S3Location;
  readonly startedAt: string;
  readonly closedAt?: string;
  /** While it runs. */
  readonly progress?: JobProgress;
  /** The job's own word: `hashing`, `paused`, `hashed`, … */
  readonly hashStatus?: string;
  readonly memoryClassMB?: number;
  /** While it runs: the first of the activities under way, */
  readonly activity?: ActivityStatus;
  /** and how many there are. */
  readonly activitiesUnderWay?: number;
  /** Once it has completed. */
  readonly result?: HashObjectResult;
  /** Once it has failed: the failure's name and message. */
  readonly failure?: { readonly cause: string; readonly message: string };
}

export interface ActivityStatus {
  readonly type: string;
  /** 1 for the first. */
  readonly attempt: number;
  readonly worker: string;
  /** Held by an operator. */
  readonly isPaused?: boolean;
  /** While it waits for its next attempt: when that is. */
  readonly nextAttemptAt?: string;
  readonly lastError?: string;
}

/** A workflow worker that is busy or absent must not hold up a status for long. */
const QUERY_DEADLINE_MS = 3_000;

/** Reads one job's status; of a running one also the progress inside its range, from the newest heartbeat. */
export async function readJobStatus(client: Client, workflowId: string): Promise<JobStatus> {
  const handle = client.workflow.getHandle(workflowId);
  const description = await handle.describe();
  const common = {
    workflowId,
    runId: description.runId,
    execution: description.status.name,
    object: objectOf(description),
    startedAt: description.startTime.toISOString(),
    ...attributesOf(description),
    ...(description.closeTime === undefined ? {} : { closedAt: description.closeTime.toISOString() }),
  };
  if (description.status.name === 'COMPLETED') {
    return { ...common, result: (await handle.result()) as HashObjectResult };
  }
  if (description.status.name !== 'RUNNING') return { ...common, failure: await failureOf(handle.result()) };
  const { pendingActivities } = description.raw;
  const pending = pendingActivities?.[0];
  const heartbeats = (pendingActivities ?? []).map(async ({ heartbeatDetails }) => {
    const { loadedDataConverter } = client.options;
    return await decodeArrayFromPayloads(loadedDataConverter, heartbeatDetails?.payloads);
  });
  const readings = (await Promise.all(heartbeats)).flat().filter(isReadingProgress);
  const progress = withReadings(await tryQueryProgress(client, workflowId), readings);
  return {
    ...common,
    ...(progress === undefined ? {} : { progress }),
    ...(pending === undefined
      ? {}
      : { activity: await activityOf(client, pending), activitiesUnderWay: pendingActivities?.length ?? 0 }),
  };
}

type Described = Awaited<ReturnType<ReturnType<Client['workflow']['getHandle']>['describe']>>;
type Pending = NonNullable<Described['raw']['pendingActivities']>[number];

/** `PendingActivityState` of Temporal's API: waiting for a worker, or for its next attempt. */
const SCHEDULED = 1;

async function activityOf(client: Client, pending: Pending): Promise<ActivityStatus> {
  const { nextAttemptScheduleTime: next, lastFailure } = pending;
  const lastError = await lastErrorOf(client, lastFailure);
  const isWaiting = Number(pending.state) === SCHEDULED && next?.seconds != null;
  return {
    type: pending.activityType?.name ?? '',
    attempt: pending.attempt ?? 1,
    worker: pending.lastWorkerIdentity ?? '',
    ...(pending.paused === true ? { isPaused: true } : {}),
    ...(isWaiting ? { nextAttemptAt: new Date(Number(next.seconds) * 1_000).toISOString() } : {}),
    ...(lastError === undefined ? {} : { lastError }),
  };
}

function attributesOf({ typedSearchAttributes }: Described): Pick<JobStatus, 'hashStatus' | 'memoryClassMB'> {
  const attributes = Object.fromEntries(
    typedSearchAttributes.getAll().map(({ key, value }) => [key.name, value as unknown]),
  );
  const { HashStatus: status, MemoryClass: memoryClass } = attributes;
  return {
    ...(typeof status === 'string' ? { hashStatus: status } : {}),
    ...(typeof memoryClass === 'string' ? { memoryClassMB: Number(memoryClass) } : {}),
  };
}

/** Ids of jobs, newest first: of one object's versions, or of all. */
export async function findJobs(
  client: Client,
  location: S3Location | undefined,
  limit: number,
): Promise<string[]> {
  const query =
    location === undefined ? 'WorkflowType = "hashObject"' : objectQuery(serverLocation(client, location));
  const ids: string[] = [];
  for await (const info of client.workflow.list({ query, pageSize: limit })) {
    if (location === undefined || objectOf(info).key === location.key) ids.push(info.workflowId);
    if (ids.length === limit) break;
  }
  return [...new Set(ids)];
}

function objectOf({ memo }: Pick<WorkflowExecutionInfo, 'memo'>): S3Location {
  const { bucket, key } = (memo ?? {}) as Partial<S3Location>;
  return { bucket: bucket ?? '', key: key ?? '' };
}

async function tryQueryProgress(client: Client, workflowId: string): Promise<JobProgress | undefined> {
  try {
    return await client.withDeadline(Date.now() + QUERY_DEADLINE_MS, () =>
      client.workflow.getHandle(workflowId).query<JobProgress>(PROGRESS_QUERY),
    );
  } catch {
    return undefined; // no workflow worker answers: the heartbeat alone then tells
  }
}

async function failureOf(result: Promise<unknown>): Promise<{ cause: string; message: string }> {
  try {
    await result;
    return { cause: 'Unknown', message: 'it ended without a failure' };
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    const { name, message } = describeEnd(error);
    return { cause: name, message };
  }
}
