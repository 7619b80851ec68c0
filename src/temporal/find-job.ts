import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import type { HashObjectInput } from '../core/contracts.js';
import { jobId, type StartedJob } from './start-hash-object.js';
import { translateTemporalError } from './temporal-failures.js';

/** Jobs in these states would be found by a start; any other would be started again. */
const FOUND: readonly string[] = ['RUNNING', 'COMPLETED', 'CONTINUED_AS_NEW'];

/**
 * What a start of this input would say, without one: `isNew` when it would start a job.
 * @throws MidstateError TemporalUnavailable (retried)
 */
export async function probeHashObject(client: Client, input: HashObjectInput): Promise<StartedJob> {
  const workflowId = jobId(client, input);
  try {
    const { status } = await client.workflow.getHandle(workflowId).describe();
    return { workflowId, isNew: !FOUND.includes(status.name) };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return { workflowId, isNew: true };
    throw translateTemporalError(error, 'look for the job of an object');
  }
}
