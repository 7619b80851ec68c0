import { isGrpcServiceError, type Client } from '@temporalio/client';
import { planReplay } from '../core/plan-replay.js';
import type { JobStanding, StartedAgain } from '../core/replay-contracts.js';
import type { JobRecords, StartAgainRequest } from '../core/replay-ports.js';
import { readEndedRun } from './ended-run.js';
import { startHashObjectAgain } from './start-hash-object.js';
import { translateTemporalError } from './temporal-failures.js';
import { undonePage } from './undone-jobs.js';

/** Requests under way at once. */
const AT_ONCE = 10;

/** gRPC code NOT_FOUND. */
const NOT_FOUND = 5;

/** The jobs that the server of `client` remembers. */
export function createJobRecords(client: Client): JobRecords {
  return {
    undonePage: (request) => translated('list jobs', () => undonePage(client, request)),
    startAgain: (request) => translated('start a job again', () => startAgain(client, request)),
    standings: (workflowIds) =>
      translated('describe jobs', () => inLanes(workflowIds, (workflowId) => standingOf(client, workflowId))),
  };
}

async function translated<T>(action: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw translateTemporalError(error, action);
  }
}

async function startAgain(client: Client, request: StartAgainRequest): Promise<StartedAgain> {
  const { workflowId, runId, cause, from, replayId } = request;
  const newest = await tryDescribe(client, workflowId);
  if (newest === undefined) return { status: 'skipped', reason: 'the server has forgotten it' };
  const isOurs = newest.memo?.['replayOf'] === runId && newest.memo['replayedBy'] === replayId;
  if (isOurs) return startedEarlier(newest.memo);
  const state = newest.status.name;
  if (state === 'RUNNING') return { status: 'skipped', reason: 'it is running' };
  if (state === 'COMPLETED') return { status: 'skipped', reason: 'it has a result' };
  if (newest.runId !== runId) return { status: 'skipped', reason: 'it has been started again since' };
  const ended = await readEndedRun(client, { workflowId, runId }, cause);
  if (ended === undefined)
    return { status: 'skipped', reason: 'the server has forgotten what it was asked for' };
  const { input, resumedAtByte, reason } = planReplay(ended, from);
  const why = reason === undefined ? {} : { reason };
  const isNew = await startHashObjectAgain(client, workflowId, input, {
    replayOf: runId,
    replayedBy: replayId,
    resumedAtByte,
    ...why,
  });
  if (!isNew) return { status: 'skipped', reason: 'it has been started again since' };
  return { status: 'started', resumedAtByte, ...why };
}

/** The answer to a start was lost on its way: what was started then is told of now. */
function startedEarlier(memo: Readonly<Record<string, unknown>> | undefined): StartedAgain {
  const { resumedAtByte, reason } = memo ?? {};
  return {
    status: 'started',
    resumedAtByte: Number(resumedAtByte ?? 0),
    ...(typeof reason === 'string' ? { reason } : {}),
  };
}

async function standingOf(client: Client, workflowId: string): Promise<JobStanding> {
  const newest = await tryDescribe(client, workflowId);
  if (newest === undefined) return { workflowId, end: 'terminated' };
  const attributes = Object.fromEntries(
    newest.typedSearchAttributes.getAll().map(({ key, value }) => [key.name, value]),
  );
  const [status, cause] = [String(attributes['HashStatus']), attributes['HashCause']];
  switch (newest.status.name) {
    case 'RUNNING':
    case 'CONTINUED_AS_NEW':
      return { workflowId };
    case 'COMPLETED':
      return { workflowId, end: status === 'superseded' || status === 'gone' ? status : 'hashed' };
    case 'FAILED':
      return { workflowId, end: 'failed', ...(typeof cause === 'string' ? { cause } : {}) };
    case 'CANCELLED':
      return { workflowId, end: 'cancelled' };
    case 'TIMED_OUT':
      return { workflowId, end: 'timed-out' };
    default:
      return { workflowId, end: 'terminated' };
  }
}

async function tryDescribe(client: Client, workflowId: string) {
  try {
    return await client.workflow.getHandle(workflowId).describe();
  } catch (error) {
    const service = (error as { cause?: unknown }).cause;
    const isGone =
      (error as Error).name === 'WorkflowNotFoundError' ||
      (isGrpcServiceError(service) && codeOf(service) === NOT_FOUND);
    if (isGone) return undefined;
    throw error;
  }
}

/** As a number: the SDK's enum is not exported. */
function codeOf({ code }: { readonly code: number }): number {
  return code;
}

async function inLanes<Item, Result>(
  items: readonly Item[],
  task: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const queue = items.entries();
  const lane = async () => {
    for (const [index, item] of queue) results[index] = await task(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return results;
}
