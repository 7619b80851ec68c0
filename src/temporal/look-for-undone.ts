import type { Client } from '@temporalio/client';
import type { UndonePage } from '../core/replay-ports.js';
import type { UndoneJob } from '../core/undone-jobs.js';
import { hasPrefix, selectionQuery, type JobSelection } from '../core/visibility-query.js';
import { serverNames } from './server-names.js';
import { translateTemporalError } from './temporal-failures.js';
import { undonePage } from './undone-jobs.js';

/** The largest page a server gives. */
const PAGE_SIZE = 1_000;

/** Jobs that ended without a result and that nobody has started since. */
export interface Undone {
  /** The newest first. */
  readonly jobs: readonly UndoneJob[];
  /** True when there may be more than were looked at. */
  readonly isCut: boolean;
}

/**
 * Looks for the jobs that a selection means.
 * @param limit jobs to find at most
 * @throws MidstateError InvalidInput (a query that the server does not take), TemporalUnavailable
 */
export async function lookForUndone(client: Client, selection: JobSelection, limit: number): Promise<Undone> {
  const query = selectionQuery(onServer(client, selection));
  const jobs: UndoneJob[] = [];
  let pageToken: string | undefined;
  try {
    do {
      const page: UndonePage = await undonePage(client, {
        query,
        pageSize: Math.min(PAGE_SIZE, limit),
        ...(pageToken === undefined ? {} : { pageToken }),
      });
      jobs.push(...page.jobs.filter(({ object }) => hasPrefix(object, selection)));
      pageToken = page.nextPageToken;
    } while (pageToken !== undefined && jobs.length < limit);
  } catch (error) {
    throw translateTemporalError(error, 'list jobs');
  }
  return { jobs: jobs.slice(0, limit), isCut: pageToken !== undefined || jobs.length > limit };
}

/** The selection as the server knows the objects. Where it hides keys, it finds others too. */
export function onServer(client: Client, selection: JobSelection): JobSelection {
  const { prefix } = selection;
  return prefix === undefined ? selection : { ...selection, prefix: serverNames(client).prefix(prefix) };
}
