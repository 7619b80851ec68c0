import type { Client } from '@temporalio/client';
import { translateTemporalError } from './temporal-failures.js';

/** Where the server does not tell: the shortest that Temporal Cloud has. */
const SHORTEST_MS = 24 * 3_600_000;

/**
 * How long the namespace keeps a workflow after its end, in milliseconds.
 * @throws MidstateError TemporalUnavailable (retried)
 */
export async function namespaceRetentionMs(client: Client): Promise<number> {
  try {
    const { config } = await client.workflowService.describeNamespace({
      namespace: client.options.namespace,
    });
    const seconds = config?.workflowExecutionRetentionTtl?.seconds;
    return seconds == null ? SHORTEST_MS : Number(seconds) * 1_000;
  } catch (error) {
    throw translateTemporalError(error, 'describe namespace');
  }
}
