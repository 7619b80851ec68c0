import { randomBytes } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { workflowTaskQueue } from '../core/memory-classes.js';
import type { ReplayInput, ReplayResult } from '../core/replay-contracts.js';
import { translateTemporalError } from './temporal-failures.js';

type Replay = (input: ReplayInput) => Promise<ReplayResult>;

const START_DEADLINE_MS = 10_000;

/** By it an id is known for that of a replay. */
export const REPLAY_ID_PREFIX = 'replay:';

/** A summary may have 400 bytes. */
const MAX_SUMMARY_LENGTH = 200;

/**
 * Starts a replay and returns its workflow id.
 * @throws MidstateError TemporalUnavailable
 */
export async function startReplay(client: Client, input: ReplayInput): Promise<string> {
  const stamp = new Date().toISOString().slice(0, 19).replace(/[-:]/g, '');
  const workflowId = `${REPLAY_ID_PREFIX}${stamp}Z-${randomBytes(3).toString('hex')}`;
  const what = input.query ?? `${String(input.jobs?.length ?? 0)} jobs`;
  try {
    await client.withDeadline(Date.now() + START_DEADLINE_MS, () =>
      client.workflow.start<Replay>('replay', {
        workflowId,
        taskQueue: workflowTaskQueue(input.taskQueuePrefix),
        args: [input],
        staticSummary: `replay \`${what.replaceAll('`', '').slice(0, MAX_SUMMARY_LENGTH)}\``,
      }),
    );
    return workflowId;
  } catch (error) {
    throw translateTemporalError(error, 'start replay');
  }
}
