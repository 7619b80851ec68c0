/**
 * The shapes of a backfill that cross the wire: the workflow's input and result, what its activity takes and gives, its
 * heartbeats. They outlive a release, so a field is added as optional and never renamed.
 */
import type { Algorithm } from './algorithms.js';
import type { PublishPolicy } from './contracts.js';

/** Where the objects come from. */
export type BackfillSource =
  /** Every current object whose key begins so. */
  | { readonly kind: 'prefix'; readonly bucket: string; readonly prefix: string }
  /** `manifest.json` of an S3 Inventory. */
  | { readonly kind: 'inventory'; readonly bucket: string; readonly key: string }
  /** Lines of `bucket,key[,versionId[,size]]`, keys URL-encoded: the layout of an S3 Batch manifest. */
  | { readonly kind: 'csv'; readonly bucket: string; readonly key: string }
  /** The same lines, small enough to travel along. */
  | {
      readonly kind: 'lines';
      readonly lines: readonly string[];
      /** Lines that were left out before these. */
      readonly leftOut?: number;
    };

/** How far a source has been dealt with: the next object is the one after it. */
export interface BackfillPosition {
  /** Of a prefix: the last key. */
  readonly after?: string;
  /** Of an inventory: files dealt with. */
  readonly file?: number;
  /** Of a list: lines dealt with, of an inventory those of the file under way. */
  readonly line?: number;
  /** ETag of the list that the lines are counted in: another list would have others. */
  readonly etag?: string;
}

/** What became of the objects; `listed` is the sum of those after it. */
export interface BackfillCounts {
  readonly listed: number;
  /** Jobs started; of `dry-run`, jobs that would be. */
  readonly started: number;
  /** A job of the version runs or is done. */
  readonly found: number;
  /** The version carries its digests, in its tags or a sidecar. */
  readonly labelled: number;
  /** Left out by the policy file. */
  readonly outOfScope: number;
  /** Sidecars that midstate wrote itself. */
  readonly sidecars: number;
  /** Of an inventory: versions that are not the current one, and delete markers. */
  readonly notCurrent: number;
  /** Deleted or overwritten since they were listed. */
  readonly gone: number;
  /** Neither: S3 refuses them, or their line cannot be understood. */
  readonly failed: number;
}

export const NO_COUNTS: BackfillCounts = {
  listed: 0,
  started: 0,
  found: 0,
  labelled: 0,
  outOfScope: 0,
  sidecars: 0,
  notCurrent: 0,
  gone: 0,
  failed: 0,
};

/** Every end that an object of a backfill may come to. */
export type BackfillEnd = Exclude<keyof BackfillCounts, 'listed'>;

/** Counts one object more. */
export function withOneMore(counts: BackfillCounts, end: BackfillEnd): BackfillCounts {
  return { ...counts, listed: counts.listed + 1, [end]: counts[end] + 1 };
}

export function addCounts(a: BackfillCounts, b: BackfillCounts): BackfillCounts {
  const names = Object.keys(NO_COUNTS) as (keyof BackfillCounts)[];
  return Object.fromEntries(names.map((name) => [name, a[name] + b[name]])) as Record<
    keyof BackfillCounts,
    number
  >;
}

/** So many of each are kept by name; the counts are of all. */
export const MAX_SAMPLES = 20;

/** A few objects by name. A sample has at most 1,024 bytes of key, and a short reason. */
export interface BackfillSamples {
  /** `s3://bucket/key` of jobs started. */
  readonly started: readonly string[];
  /** `s3://bucket/key: why` of what failed. */
  readonly failed: readonly string[];
}

export const NO_SAMPLES: BackfillSamples = { started: [], failed: [] };

/** The first of both, no more than are kept. */
export function addSamples(a: BackfillSamples, b: BackfillSamples): BackfillSamples {
  return {
    started: [...a.started, ...b.started].slice(0, MAX_SAMPLES),
    failed: [...a.failed, ...b.failed].slice(0, MAX_SAMPLES),
  };
}

/** What is asked of every object, whichever page it is on. */
export interface BackfillOrder {
  /** Leave alone what carries its digests already. */
  readonly missingOnly?: boolean;
  /** Instead of the worker's. */
  readonly algorithms?: readonly Algorithm[];
  /** Instead of the worker's. */
  readonly publish?: PublishPolicy;
  /** Whoever asked has a policy file: a worker that has none must not do this without. */
  readonly needsPolicy?: boolean;
  /** Objects a second, over all: found and skipped ones count too. */
  readonly ratePerSecond?: number;
}

export interface BackfillInput extends BackfillOrder {
  readonly source: BackfillSource;
  /** What it is called in what people see. */
  readonly name: 'backfill' | 'reconcile';
  /** Jobs to start at most. */
  readonly limit?: number;
  readonly taskQueuePrefix?: string;
  /** Pages before the workflow continues as new; default `PAGES_PER_RUN`. */
  readonly pagesPerRun?: number;
  /** Set by continue-as-new only. */
  readonly continued?: ContinuedBackfill;
}

/** Some 10 events a page keep a run below Temporal's hint at 4,096. */
export const PAGES_PER_RUN = 400;

/** What a run hands to the run that continues it; it does not grow with the objects. */
export interface ContinuedBackfill {
  readonly position: BackfillPosition;
  readonly counts: BackfillCounts;
  readonly samples: BackfillSamples;
  readonly pages: number;
  readonly runs: number;
  readonly startedAt: string;
  readonly isPaused: boolean;
}

/** The argument of the activity. */
export interface StartPageInput extends BackfillOrder {
  readonly source: BackfillSource;
  readonly position: BackfillPosition;
  readonly maxObjects: number;
  /** Jobs to start at most. */
  readonly maxStarts?: number;
  /** Names wanted of each kind. */
  readonly maxSamples: number;
}

/** How far a page has come: the activity's heartbeat. */
export interface PageProgress {
  readonly position: BackfillPosition;
  readonly counts: BackfillCounts;
  readonly samples: BackfillSamples;
}

export interface StartPageResult extends PageProgress {
  /** True when nothing comes after it. */
  readonly isLast: boolean;
}

/** ListObjectsV2 gives no more at once. */
export const LISTED_PAGE = 1_000;

/** Lines of a list that are held ready, some 10 MB; more than a page has time for. */
const LINES_PAGE = 20_000;

/** A page is over after so long, so that a pause or a stop never waits long for it. */
const PAGE_SECONDS = 10;

/** Each page reads its list from the start: fewer, longer ones keep that small. */
const LIST_PAGE_SECONDS = 60;

/** Most time for a page. */
export function pageSeconds({ kind }: BackfillSource): number {
  return kind === 'prefix' || kind === 'lines' ? PAGE_SECONDS : LIST_PAGE_SECONDS;
}

/** Objects of one page. */
export function pageSize(source: BackfillSource, ratePerSecond = Infinity): number {
  const most = source.kind === 'prefix' || source.kind === 'lines' ? LISTED_PAGE : LINES_PAGE;
  return Math.max(1, Math.min(most, Math.ceil(ratePerSecond * pageSeconds(source))));
}

/** Name of the query that answers `BackfillProgress`. */
export const BACKFILL_PROGRESS_QUERY = 'progress';

/** Names of the updates that answer `BackfillProgress`, and of the signals that do the same without an answer. */
export const BACKFILL_PAUSE = 'pause';
export const BACKFILL_RESUME = 'resume';

export type BackfillState = 'running' | 'paused' | 'done' | 'limit reached' | 'cancelled' | 'failed';

/** How far a backfill has come, by its last finished page. */
export interface BackfillProgress extends PageProgress {
  readonly name: BackfillInput['name'];
  /** What it goes through, for people. */
  readonly of: string;
  readonly state: BackfillState;
  readonly pages: number;
  /** Runs of the workflow, one after the other. */
  readonly runs: number;
  readonly startedAt: string;
  /** Of the last pages; undefined before the first. */
  readonly objectsPerSecond?: number;
  readonly ratePerSecond?: number;
  readonly limit?: number;
}

/** How it ended. */
export type BackfillResult = BackfillProgress & { readonly finishedAt: string };
