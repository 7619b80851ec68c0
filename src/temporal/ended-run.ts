import { WorkflowFailedError, type Client } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { decodeArrayFromPayloads } from '@temporalio/common/lib/internal-non-workflow/index.js';
import type { Checkpoint, HashObjectInput } from '../core/contracts.js';
import { CHECKPOINT_QUERY } from '../core/job-controls.js';
import type { EndedRun } from '../core/plan-replay.js';
import type { JobRun } from '../core/undone-jobs.js';
import { describeEnd } from './job-result.js';

/** A closed workflow is replayed for a query; without a workflow worker nobody does. */
const QUERY_DEADLINE_MS = 10_000;

/**
 * What a run was started with, and the last checkpoint that it left: in its failure; of one that was ended by hand, as
 * its workflow answers. Undefined where the server has forgotten the run's history.
 */
export async function readEndedRun(
  client: Client,
  run: JobRun,
  cause: string,
): Promise<EndedRun | undefined> {
  const input = await readInput(client, run);
  if (input === undefined) return undefined;
  const checkpoint = await checkpointOf(client, run);
  return { input, cause, ...(checkpoint === undefined ? {} : { checkpoint }) };
}

/** What ended a run, in the failure's own words. */
export async function readEndMessage(client: Client, { workflowId, runId }: JobRun): Promise<string> {
  try {
    await client.workflow.getHandle(workflowId, runId).result();
    return 'it has a result';
  } catch (error) {
    return error instanceof WorkflowFailedError ? describeEnd(error).message : 'its history is gone';
  }
}

/** The first event of a run has its input. */
async function readInput(
  client: Client,
  { workflowId, runId }: JobRun,
): Promise<HashObjectInput | undefined> {
  const { history } = await client.workflowService.getWorkflowExecutionHistory({
    namespace: client.options.namespace,
    execution: { workflowId, runId },
    maximumPageSize: 1,
  });
  const started = history?.events?.[0]?.workflowExecutionStartedEventAttributes;
  const [input] = await decodeArrayFromPayloads(client.options.loadedDataConverter, started?.input?.payloads);
  return input as HashObjectInput | undefined;
}

/** A failure has the checkpoint, or there was none. */
async function checkpointOf(client: Client, run: JobRun): Promise<Checkpoint | undefined> {
  const { workflowId, runId } = run;
  try {
    await client.workflow.getHandle(workflowId, runId).result();
    return undefined;
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    if (!(error.cause instanceof ApplicationFailure)) return await tryAskCheckpoint(client, run);
    return (error.cause.details?.[0] as { checkpoint?: Checkpoint } | undefined)?.checkpoint;
  }
}

async function tryAskCheckpoint(
  client: Client,
  { workflowId, runId }: JobRun,
): Promise<Checkpoint | undefined> {
  try {
    const answer = await client.withDeadline(Date.now() + QUERY_DEADLINE_MS, () =>
      client.workflow.getHandle(workflowId, runId).query<Checkpoint | null>(CHECKPOINT_QUERY),
    );
    return answer ?? undefined;
  } catch {
    return undefined; // nobody answers: the job then begins at the object's start
  }
}
