import type { Client } from '@temporalio/client';
import { PROGRESS_QUERY } from '../../src/core/job-progress.js';
import type {
  ReplayInput,
  ReplayProgress,
  ReplayResult,
  ReplayTarget,
} from '../../src/core/replay-contracts.js';
import { startReplay } from '../../src/temporal/start-replay.js';
import type { Job } from './workflow-stage.js';

/** A replay under way. */
export interface Replay {
  readonly workflowId: string;
  progress(): Promise<ReplayProgress>;
  result(): Promise<ReplayResult>;
}

export async function startedReplay(client: Client, input: ReplayInput): Promise<Replay> {
  const workflowId = await startReplay(client, input);
  const handle = client.workflow.getHandle(workflowId);
  return {
    workflowId,
    progress: () => handle.query<ReplayProgress>(PROGRESS_QUERY),
    result: async () => (await handle.result()) as ReplayResult,
  };
}

/** The newest run of a job, as it is to be replayed. */
export async function targetOf(job: Job, cause: string): Promise<ReplayTarget> {
  const { workflowId, runId } = await job.describe();
  return { workflowId, runId, cause };
}

/** Waits for a job's end, whatever it is. */
export async function ended(job: Job): Promise<string> {
  await job.result().catch(() => undefined);
  return (await job.describe()).status.name;
}
