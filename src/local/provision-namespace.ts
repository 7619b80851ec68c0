import { Connection } from '@temporalio/client';
import { msToTs, tsToMs } from '@temporalio/common/lib/time.js';

const RETENTION_MS = 30 * 24 * 3_600_000;
const CALL_TIMEOUT_MS = 10_000;

/** Keeps ended workflows, and so failed ones, for 30 days; the dev server's own default is one. Does nothing if so already. */
export async function provisionNamespace(address: string, namespace: string): Promise<void> {
  const connection = await Connection.connect({ address, connectTimeout: CALL_TIMEOUT_MS });
  try {
    await connection.withDeadline(Date.now() + CALL_TIMEOUT_MS, async () => {
      const { config } = await connection.workflowService.describeNamespace({ namespace });
      if (tsToMs(config?.workflowExecutionRetentionTtl ?? msToTs(0)) >= RETENTION_MS) return;
      await connection.workflowService.updateNamespace({
        namespace,
        config: { workflowExecutionRetentionTtl: msToTs(RETENTION_MS) },
      });
    });
  } finally {
    await connection.close();
  }
}
