import { Connection } from '@temporalio/client';

const PROBE_TIMEOUT_MS = 1_000;

/** True when the frontend at `address` answers gRPC calls on `namespace` within a second; rejects when it does not. */
export async function temporalAnswers(address: string, namespace: string): Promise<boolean> {
  const connection = Connection.lazy({ address, connectTimeout: PROBE_TIMEOUT_MS });
  try {
    await connection.withDeadline(Date.now() + PROBE_TIMEOUT_MS, () =>
      connection.workflowService.listWorkflowExecutions({ namespace, pageSize: 1 }),
    );
    return true;
  } finally {
    await connection.close();
  }
}
