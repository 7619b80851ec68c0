import { proxyActivities, upsertSearchAttributes } from '@temporalio/workflow';
import type { SearchAttributePair } from '@temporalio/common';

interface Activities {
  nothing: () => Promise<void>;
}

const { nothing } = proxyActivities<Activities>({ startToCloseTimeout: '1m' });

/** The least a workflow can do that has one activity. */
export async function oneActivity(): Promise<void> {
  await nothing();
}

/** One activity in a worker of its own, and search attributes at the end. */
export async function oneActivityElsewhere(taskQueue: string, found: SearchAttributePair[]): Promise<void> {
  await proxyActivities<Activities>({ taskQueue, startToCloseTimeout: '1m' }).nothing();
  upsertSearchAttributes(found);
}
