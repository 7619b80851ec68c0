import { WorkflowFailedError, type Client } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure, TerminatedFailure } from '@temporalio/common';
import type { HashObjectResult } from '../core/contracts.js';
import { FAILURE_NAMES, MidstateError, type FailureName } from '../core/failures.js';

/**
 * Waits for a job's end.
 * @throws MidstateError under the name the job failed with, with its message
 */
export async function jobResult(client: Client, workflowId: string): Promise<HashObjectResult> {
  try {
    return (await client.workflow.getHandle(workflowId).result()) as HashObjectResult;
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    const { name, message } = describeEnd(error);
    const failure = (FAILURE_NAMES as readonly string[]).includes(name)
      ? (name as FailureName)
      : 'StoreUnavailable';
    throw new MidstateError(failure, `the job failed: ${message}`, {
      facts: { workflowId, cause: name },
      cause: error,
    });
  }
}

/** The name and message of what ended a workflow that did not complete. */
export function describeEnd(error: WorkflowFailedError): { name: string; message: string } {
  const { cause } = error;
  if (cause instanceof ApplicationFailure) return { name: cause.type ?? cause.name, message: cause.message };
  if (cause instanceof CancelledFailure) return endedByHand('Cancelled', 'cancelled');
  if (cause instanceof TerminatedFailure) return endedByHand('Terminated', 'terminated');
  return { name: cause?.name ?? error.name, message: cause?.message ?? error.message };
}

function endedByHand(name: string, what: string): { name: string; message: string } {
  return { name, message: `an operator ${what} it; \`midstate submit\` starts it again` };
}
