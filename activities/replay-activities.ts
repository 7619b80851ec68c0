import type { JobStanding, ReplayFrom, ReplayTarget, StartedAgain } from '../src/core/replay-contracts.js';
import type { JobRecords } from '../src/core/replay-ports.js';
import { withFailuresMapped } from './application-failure.js';

export interface ListUndoneJobsInput {
  readonly query: string;
  readonly pageToken?: string;
}

export interface ListUndoneJobsResult {
  readonly jobs: readonly ReplayTarget[];
  /** Absent after the last page. */
  readonly nextPageToken?: string;
}

export interface StartJobsAgainInput {
  readonly jobs: readonly ReplayTarget[];
  readonly from: ReplayFrom;
  readonly replayId: string;
}

export interface StartJobsAgainResult {
  /** In the order of the jobs. */
  readonly starts: readonly StartedAgain[];
}

export interface ReadStandingsInput {
  readonly workflowIds: readonly string[];
}

export interface ReadStandingsResult {
  readonly standings: readonly JobStanding[];
}

/** Activities of `replay`; on the workflows' own task queue. All may be retried: starting a job twice starts it once. */
export interface ReplayActivities {
  /** @throws ApplicationFailure InvalidInput (not retried), TemporalUnavailable (retried) */
  readonly listUndoneJobs: (input: ListUndoneJobsInput) => Promise<ListUndoneJobsResult>;
  /** @throws ApplicationFailure TemporalUnavailable (retried) */
  readonly startJobsAgain: (input: StartJobsAgainInput) => Promise<StartJobsAgainResult>;
  /** @throws ApplicationFailure TemporalUnavailable (retried) */
  readonly readStandings: (input: ReadStandingsInput) => Promise<ReadStandingsResult>;
}

/** Jobs in a page: 250 bytes each in the history. */
const PAGE_SIZE = 200;

/** Jobs started at once. */
const STARTS_AT_ONCE = 10;

export function createReplayActivities(records: JobRecords): ReplayActivities {
  return {
    listUndoneJobs: (input) => withFailuresMapped(() => listUndoneJobs(records, input)),
    startJobsAgain: (input) => withFailuresMapped(() => startJobsAgain(records, input)),
    readStandings: ({ workflowIds }) =>
      withFailuresMapped(async () => ({ standings: await records.standings(workflowIds) })),
  };
}

async function listUndoneJobs(
  records: JobRecords,
  input: ListUndoneJobsInput,
): Promise<ListUndoneJobsResult> {
  const { jobs, nextPageToken } = await records.undonePage({ ...input, pageSize: PAGE_SIZE });
  return {
    jobs: jobs.map(({ workflowId, runId, cause }) => ({ workflowId, runId, cause })),
    ...(nextPageToken === undefined ? {} : { nextPageToken }),
  };
}

async function startJobsAgain(
  records: JobRecords,
  { jobs, from, replayId }: StartJobsAgainInput,
): Promise<StartJobsAgainResult> {
  const starts: StartedAgain[] = [];
  for (let first = 0; first < jobs.length; first += STARTS_AT_ONCE) {
    const some = jobs.slice(first, first + STARTS_AT_ONCE);
    starts.push(...(await Promise.all(some.map((job) => records.startAgain({ ...job, from, replayId })))));
  }
  return { starts };
}
