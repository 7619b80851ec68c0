import type { JobStanding, ReplayFrom, StartedAgain } from './replay-contracts.js';
import type { JobRun, UndoneJob } from './undone-jobs.js';

export interface UndonePageRequest {
  /** A visibility query. */
  readonly query: string;
  /** At most 1,000. */
  readonly pageSize: number;
  readonly pageToken?: string;
}

/** Some of the jobs that ended without a result, newest first. */
export interface UndonePage {
  readonly jobs: readonly UndoneJob[];
  /** Absent after the last page. */
  readonly nextPageToken?: string;
}

export interface StartAgainRequest extends JobRun {
  readonly cause: string;
  readonly from: ReplayFrom;
  /** Workflow id of the replay: by it a start is known that was made already. */
  readonly replayId: string;
}

/** The jobs that a Temporal server remembers. */
export interface JobRecords {
  /**
   * A page of what the query finds, less the runs that another run of the same job has followed.
   * @throws MidstateError InvalidInput (a query that the server does not take), TemporalUnavailable (retried)
   */
  undonePage(request: UndonePageRequest): Promise<UndonePage>;
  /**
   * Starts the job once more, unless it has been started since, or has a result. Called twice for one replay, it starts
   * nothing twice.
   * @throws MidstateError TemporalUnavailable (retried)
   */
  startAgain(request: StartAgainRequest): Promise<StartedAgain>;
  /**
   * How jobs stand now, by their newest runs.
   * @throws MidstateError TemporalUnavailable (retried)
   */
  standings(workflowIds: readonly string[]): Promise<JobStanding[]>;
}
