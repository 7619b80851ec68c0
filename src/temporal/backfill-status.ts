import { WorkflowFailedError, WorkflowNotFoundError, type Client } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import {
  BACKFILL_PAUSE,
  BACKFILL_PROGRESS_QUERY,
  BACKFILL_RESUME,
  type BackfillProgress,
} from '../core/backfill.js';
import { MidstateError } from '../core/failures.js';
import type { Backfill } from './start-backfill.js';
import { describeEnd } from './job-result.js';
import { lastErrorOf } from './last-error.js';
import { translateTemporalError } from './temporal-failures.js';

/** One backfill as an operator sees it. */
export interface BackfillStatus {
  readonly workflowId: string;
  readonly runId: string;
  /** Temporal's word: RUNNING, COMPLETED, FAILED, CANCELLED, TERMINATED, … */
  readonly execution: string;
  readonly startedAt: string;
  readonly closedAt?: string;
  /** Missing where no workflow worker answers. */
  readonly progress?: BackfillProgress;
  /** What the activity under way failed with last; it is tried again. */
  readonly lastError?: string;
  readonly failure?: { readonly cause: string; readonly message: string };
}

/** A workflow worker that is busy or absent must not hold a status up for long. */
const ANSWER_DEADLINE_MS = 5_000;

const WHAT = 'backfill status';

/**
 * Reads how a backfill stands, or how it ended.
 * @throws MidstateError ObjectGone when there is none of that id; TemporalUnavailable
 */
export async function readBackfillStatus(client: Client, workflowId: string): Promise<BackfillStatus> {
  const handle = client.workflow.getHandle<Backfill>(workflowId);
  const description = await handle.describe().catch(refuse(workflowId));
  const execution = description.status.name;
  const lastError = await lastErrorOf(client, description.raw.pendingActivities?.[0]?.lastFailure);
  const common = {
    workflowId,
    runId: description.runId,
    execution,
    startedAt: description.startTime.toISOString(),
    ...(description.closeTime === undefined ? {} : { closedAt: description.closeTime.toISOString() }),
    ...(lastError === undefined ? {} : { lastError }),
  };
  if (execution === 'COMPLETED') return { ...common, progress: await handle.result() };
  const failure = execution === 'FAILED' ? await failureOf(handle.result()) : {};
  const progress = failure.progress ?? (await tryQuery(client, workflowId));
  return {
    ...common,
    ...(progress === undefined ? {} : { progress }),
    ...(failure.failure === undefined ? {} : { failure: failure.failure }),
  };
}

/** Ids of backfills and reconciliations, newest first. */
export async function findBackfills(client: Client, limit: number): Promise<string[]> {
  const ids = new Set<string>();
  for await (const { workflowId } of client.workflow.list({ query: 'WorkflowType = "backfill"' })) {
    ids.add(workflowId);
    if (ids.size === limit) break;
  }
  return [...ids];
}

/**
 * Pauses a backfill or lets it go on.
 * @returns how far it has come; undefined where no workflow worker answers now: it will do it when one is there
 * @throws MidstateError ObjectGone when there is none that runs
 */
export async function setBackfillPaused(
  client: Client,
  workflowId: string,
  isPaused: boolean,
): Promise<BackfillProgress | undefined> {
  const name = isPaused ? BACKFILL_PAUSE : BACKFILL_RESUME;
  const handle = client.workflow.getHandle(workflowId);
  // The signal does it, whoever is there; the update tells that it has been done.
  await handle.signal(name).catch(refuse(workflowId));
  try {
    return await client.withDeadline(Date.now() + ANSWER_DEADLINE_MS, () =>
      handle.executeUpdate<BackfillProgress, []>(name),
    );
  } catch {
    return undefined;
  }
}

/**
 * Asks a backfill to end. The jobs that it has started go on.
 * @throws MidstateError ObjectGone when there is none that runs
 */
export async function cancelBackfill(client: Client, workflowId: string): Promise<void> {
  await client.workflow.getHandle(workflowId).cancel().catch(refuse(workflowId));
}

function refuse(workflowId: string) {
  return (error: unknown): never => {
    if (!(error instanceof WorkflowNotFoundError)) throw translateTemporalError(error, WHAT);
    throw new MidstateError(
      'ObjectGone',
      'backfill: there is none of this id, or it has ended; `midstate backfill status` lists the newest',
      { facts: { workflowId }, cause: error },
    );
  };
}

async function tryQuery(client: Client, workflowId: string): Promise<BackfillProgress | undefined> {
  try {
    return await client.withDeadline(Date.now() + ANSWER_DEADLINE_MS, () =>
      client.workflow.getHandle(workflowId).query<BackfillProgress>(BACKFILL_PROGRESS_QUERY),
    );
  } catch {
    return undefined;
  }
}

async function failureOf(result: Promise<unknown>): Promise<Pick<BackfillStatus, 'failure' | 'progress'>> {
  try {
    await result;
    return {};
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    const { name: cause, message } = describeEnd(error);
    const details = error.cause instanceof ApplicationFailure ? error.cause.details : undefined;
    const progress = details?.[0] as BackfillProgress | undefined;
    return { failure: { cause, message }, ...(progress === undefined ? {} : { progress }) };
  }
}
