import type { Client } from '@temporalio/client';
import { MidstateError } from '../../core/failures.js';
import { isS3Uri, parseS3Uri } from '../../core/s3-uri.js';
import type { UndoneJob } from '../../core/undone-jobs.js';
import { idsCondition, objectQuery, UNDONE_STATES } from '../../core/visibility-query.js';
import { lookForUndone } from '../../temporal/look-for-undone.js';
import { serverLocation } from '../../temporal/server-names.js';

/** Versions of one object that are replayed at most. */
const MOST_VERSIONS = 1_000;

/**
 * The jobs named by workflow id or object, however they ended; of an object, those of all its versions.
 * @throws MidstateError ObjectGone when one of the names has no job that ended without a result
 */
export async function findNamedJobs(client: Client, names: readonly string[]): Promise<UndoneJob[]> {
  const jobs = new Map<string, UndoneJob>();
  for (const name of names) {
    const found = await findNamed(client, name);
    if (found.length === 0) {
      throw new MidstateError(
        'ObjectGone',
        'replay: there is no such job that ended without a result; `midstate status` shows how it stands',
        { facts: { job: name } },
      );
    }
    for (const job of found) jobs.set(job.workflowId, job);
  }
  return [...jobs.values()];
}

async function findNamed(client: Client, name: string): Promise<UndoneJob[]> {
  const location = isS3Uri(name) ? parseS3Uri(name) : undefined;
  const query = location === undefined ? idsCondition([name]) : objectQuery(serverLocation(client, location));
  const { jobs } = await lookForUndone(client, { ended: UNDONE_STATES, query }, MOST_VERSIONS);
  return jobs.filter(({ object }) => location === undefined || object.key === location.key);
}
