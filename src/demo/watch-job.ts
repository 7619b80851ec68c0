import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { MidstateError } from '../core/failures.js';
import type { HashObjectResult } from '../core/contracts.js';
import { formatS3Uri, type S3Location } from '../core/s3-uri.js';
import { findJobs, readJobStatus, type JobStatus } from '../temporal/job-status.js';

const POLL_INTERVAL_MS = 250;

/** An upload's event is on its way for so long at most, on a busy machine. */
const EVENT_TIMEOUT_MS = 60_000;

/** Waits until the upload's event has started a job; returns its workflow id. */
export async function waitForJob(client: Client, location: S3Location): Promise<string> {
  const deadline = Date.now() + EVENT_TIMEOUT_MS;
  while (Date.now() < deadline) {
    const [workflowId] = await findJobs(client, location, 1);
    if (workflowId !== undefined) return workflowId;
    await delay(POLL_INTERVAL_MS);
  }
  throw new MidstateError('StoreUnavailable', 'demo: the upload’s event has started no job; see the logs', {
    facts: { object: formatS3Uri(location), seconds: EVENT_TIMEOUT_MS / 1_000 },
  });
}

/** Follows a job to its end, telling its status as it goes. */
export async function watchJob(
  client: Client,
  workflowId: string,
  onStatus: (status: JobStatus) => void,
): Promise<HashObjectResult> {
  for (;;) {
    const status = await readJobStatus(client, workflowId);
    onStatus(status);
    if (status.result !== undefined) return status.result;
    if (status.failure !== undefined) {
      throw new MidstateError('StoreUnavailable', `demo: the job failed: ${status.failure.message}`, {
        facts: { workflowId, cause: status.failure.cause },
      });
    }
    await delay(POLL_INTERVAL_MS);
  }
}
