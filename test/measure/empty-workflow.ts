import { proxyActivities } from '@temporalio/workflow';

const { nothing } = proxyActivities<{ nothing: () => Promise<void> }>({ startToCloseTimeout: '1m' });

/** The least a workflow can do that has one activity. */
export async function oneActivity(): Promise<void> {
  await nothing();
}
