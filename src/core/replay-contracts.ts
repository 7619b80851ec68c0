/** The shapes of the `replay` workflow; they cross the wire: a field is added as optional and never renamed. */
import type { Outcome } from './contracts.js';
import type { JobRun } from './undone-jobs.js';

/** Where replayed jobs begin: at the failed run's checkpoint, where there is one that can be used, or at the start. */
export type ReplayFrom = 'checkpoint' | 'start';

/** A job to replay. */
export interface ReplayTarget extends JobRun {
  /** What it ended with: a replay that ends with it again has not helped. */
  readonly cause: string;
}

export interface ReplayInput {
  /** The jobs themselves, */
  readonly jobs?: readonly ReplayTarget[];
  /** or a visibility query that finds them; jobs that end after the replay began are none of its. */
  readonly query?: string;
  readonly from: ReplayFrom;
  /** Starts a second. */
  readonly rate: number;
  /** Jobs to start at most. */
  readonly limit?: number;
  /** After so many ends in a row with the cause they had, it stops. Default 5. */
  readonly stopAfterSameCause?: number;
  /** Looks at the jobs before it continues as new; default: as many as until the server suggests it. */
  readonly looksPerRun?: number;
  readonly taskQueuePrefix?: string;
  /** Set by continue-as-new only. */
  readonly continued?: ContinuedReplay;
}

/** What a run of the replay hands to the run that continues it. */
export interface ContinuedReplay {
  /** ISO 8601: when the first run began. */
  readonly startedAt: string;
  readonly waiting: readonly ReplayTarget[];
  readonly nextPageToken?: string;
  readonly isListed: boolean;
  readonly inFlight: readonly ReplayTarget[];
  readonly tally: ReplayTally;
  readonly isPaused: boolean;
}

/** What has come of a replay so far. */
export interface ReplayTally {
  readonly started: number;
  /** Of these, so many went on from a checkpoint, */
  readonly fromCheckpoint: number;
  /** which spared so many bytes of reading; */
  readonly bytesSpared: number;
  /** and the others began at the start: how many, by reason. */
  readonly fromStart: Readonly<Record<string, number>>;
  /** Left alone: how many, by reason. */
  readonly skipped: Readonly<Record<string, number>>;
  /** Ends of the jobs started: `hashed`, `superseded`, `gone`, `cancelled`, … */
  readonly ended: Readonly<Record<string, number>>;
  /** Of those that failed again: how many, by cause. */
  readonly failedAgain: Readonly<Record<string, number>>;
  /** Whether the newest ends, in their order, were with the cause that the jobs had. */
  readonly recent: readonly boolean[];
  /** Set when it stops by itself. */
  readonly stoppedBecause?: string;
}

/** Answer of the `progress` query. */
export interface ReplayProgress extends ReplayTally {
  readonly state: 'running' | 'paused' | 'stopped' | 'done';
  /** Started, and not known to have ended. */
  readonly inFlight: number;
  readonly from: ReplayFrom;
  readonly startedAt: string;
}

export type ReplayResult = ReplayProgress;

/** What became of one job that was to be started again. */
export type StartedAgain =
  | {
      readonly status: 'started';
      readonly resumedAtByte: number;
      /** Why from the start. */ readonly reason?: string;
    }
  | { readonly status: 'skipped'; readonly reason: string };

/** How a job stands: under way, or ended so. */
export interface JobStanding {
  readonly workflowId: string;
  /** Absent while it runs. */
  readonly end?: Outcome | 'failed' | 'cancelled' | 'terminated' | 'timed-out';
  /** Of one that failed. */
  readonly cause?: string;
}
