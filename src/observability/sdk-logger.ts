import { DefaultLogger } from '@temporalio/worker';
import type { Logger } from './logger.js';

/** The SDK's two halves name some facts in their own ways. */
const ONE_NAME: Readonly<Record<string, string>> = {
  activity_id: 'activityId',
  activity_type: 'activityType',
  run_id: 'runId',
  task_queue: 'taskQueue',
  workflowRunId: 'runId',
  workflow_id: 'workflowId',
};

/** A logger for Temporal's runtime that writes through ours, each fact under its one name. */
export function createSdkLogger(logger: Logger): DefaultLogger {
  return new DefaultLogger('INFO', ({ level, message, timestampNanos, meta = {} }) => {
    const facts = Object.fromEntries(
      Object.entries(meta).map(([name, value]) => [ONE_NAME[name] ?? name, value]),
    );
    logger.write({ time: new Date(Number(timestampNanos / 1_000_000n)), level, message, facts });
  });
}
