import type { Client } from '@temporalio/client';
import { PROGRESS_QUERY } from '../core/job-progress.js';
import type { ReplayProgress } from '../core/replay-contracts.js';

const QUERY_DEADLINE_MS = 3_000;

/** A replay as it stands. */
export interface ReplayStatus {
  readonly isOver: boolean;
  /** Temporal's word: RUNNING, COMPLETED, CANCELLED, … */
  readonly execution: string;
  /** Absent where no workflow worker answers, and of one that was ended by hand. */
  readonly progress?: ReplayProgress;
}

/** Reads how far a replay is: of a running one by query, else from its result. */
export async function readReplay(client: Client, workflowId: string): Promise<ReplayStatus> {
  const handle = client.workflow.getHandle(workflowId);
  const { status } = await handle.describe();
  const common = { isOver: status.name !== 'RUNNING', execution: status.name };
  if (status.name === 'COMPLETED') return { ...common, progress: (await handle.result()) as ReplayProgress };
  try {
    const progress = await client.withDeadline(Date.now() + QUERY_DEADLINE_MS, () =>
      handle.query<ReplayProgress>(PROGRESS_QUERY),
    );
    return { ...common, progress };
  } catch {
    return common;
  }
}
