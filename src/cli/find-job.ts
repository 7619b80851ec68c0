import type { Client } from '@temporalio/client';
import { MidstateError } from '../core/failures.js';
import { isS3Uri, parseS3Uri } from '../core/s3-uri.js';
import { findJobs } from '../temporal/job-status.js';

/**
 * The workflow id that `job` names: itself, or that of the object's newest job.
 * @throws MidstateError ObjectGone
 */
export async function findJob(client: Client, job: string): Promise<string> {
  if (!isS3Uri(job)) return job;
  const [id] = await findJobs(client, parseS3Uri(job), 1);
  if (id !== undefined) return id;
  throw new MidstateError('ObjectGone', 'job: the object has none; `midstate submit` starts it', {
    facts: { job },
  });
}
