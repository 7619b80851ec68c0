import {
  addSamples,
  MAX_SAMPLES,
  withOneMore,
  type BackfillEnd,
  type PageProgress,
  type StartPageResult,
} from '../core/backfill.js';
import { isRetryable, MidstateError } from '../core/failures.js';
import { formatS3Uri } from '../core/s3-uri.js';
import type { UploadOutcome } from '../ingest/start-upload.js';
import type { BackfillItem } from './backfill-item.js';
import type { StartItem } from './start-item.js';

export interface StartItemsDependencies {
  readonly start: StartItem;
  /** Told of each handful that is done. */
  readonly onProgress?: (progress: PageProgress) => void;
  /** Told of each object that was dealt with. */
  readonly onOutcome?: (outcome: UploadOutcome) => void;
  /** Milliseconds since any fixed time. */
  readonly now: () => number;
  /** Resolves after the time, or earlier when stopped. */
  readonly pause: (ms: number) => Promise<void>;
  readonly shouldStop: () => boolean;
}

export interface StartItemsLimits {
  readonly maxObjects: number;
  readonly maxStarts?: number | undefined;
  readonly maxSamples?: number;
  /** No handful is begun after so long. */
  readonly maxSeconds: number;
  readonly ratePerSecond?: number | undefined;
}

/** Objects dealt with at once; what is lost with a worker is looked at again. */
const HANDFUL = 50;

/**
 * Deals with the objects of a source, a handful at a time, until there are no more, or a limit is reached, or it is
 * told to stop; what it returns says where to go on. Objects that S3 refuses, or whose line says nothing, are counted
 * and named. A rate is kept evenly from the first object to the last.
 *
 * @param from where an attempt before this one came to; its objects are none of these
 * @throws whatever can be tried again from the last progress: StoreUnavailable, TemporalUnavailable; and what the
 *   source throws
 */
export async function startItems(
  items: AsyncGenerator<BackfillItem>,
  from: PageProgress,
  deps: StartItemsDependencies,
  limits: StartItemsLimits,
): Promise<StartPageResult> {
  const startedAtMs = deps.now();
  let progress = from;
  let dealtWith = 0;
  try {
    for (;;) {
      await deps.pause(msUntilNext(dealtWith, startedAtMs, deps.now(), limits.ratePerSecond));
      const size = deps.shouldStop() ? 0 : nextHandful(progress, limits);
      const isLate = dealtWith > 0 && deps.now() - startedAtMs >= limits.maxSeconds * 1_000;
      if (size === 0 || isLate) return { ...progress, isLast: false };
      const handful = await take(items, size);
      if (handful.length === 0) return { ...progress, isLast: true };
      progress = withHandful(progress, await dealWith(handful, deps), limits.maxSamples ?? MAX_SAMPLES);
      dealtWith += handful.length;
      deps.onProgress?.(progress);
    }
  } finally {
    await items.return(undefined);
  }
}

/** Never more than may be started, so that a limit is never passed. */
function nextHandful({ counts }: PageProgress, limits: StartItemsLimits): number {
  const { maxObjects, maxStarts = Infinity, ratePerSecond = Infinity } = limits;
  const perSecond = Math.max(1, Math.floor(ratePerSecond));
  return Math.max(0, Math.min(HANDFUL, maxObjects - counts.listed, maxStarts - counts.started, perSecond));
}

function msUntilNext(dealtWith: number, startedAtMs: number, nowMs: number, rate = Infinity): number {
  return Math.max(0, startedAtMs + (1_000 * dealtWith) / rate - nowMs);
}

async function take(items: AsyncGenerator<BackfillItem>, size: number): Promise<BackfillItem[]> {
  const taken: BackfillItem[] = [];
  while (taken.length < size) {
    const next = await items.next();
    if (next.done === true) break;
    taken.push(next.value);
  }
  return taken;
}

interface DealtWith {
  readonly item: BackfillItem;
  readonly end: BackfillEnd;
  /** Of what failed. */
  readonly reason?: string;
}

/** All of them are waited for, so that none goes on behind a failure. */
async function dealWith(
  handful: readonly BackfillItem[],
  { start, onOutcome }: StartItemsDependencies,
): Promise<DealtWith[]> {
  const settled = await Promise.allSettled(
    handful.map(async (item): Promise<DealtWith> => {
      if (item.kind === 'fault') return { item, end: 'failed', reason: `${item.where}: ${item.reason}` };
      if (item.kind === 'not-current') return { item, end: 'notCurrent' };
      try {
        const outcome = await start(item.object);
        if (outcome === 'sidecar') return { item, end: 'sidecars' };
        onOutcome?.(outcome);
        return { item, end: END_OF[outcome.kind] };
      } catch (error) {
        if (error instanceof MidstateError && isRetryable(error.failure)) throw error;
        const message = error instanceof Error ? error.message : String(error);
        return { item, end: 'failed', reason: `${formatS3Uri(item.object)}: ${message}` };
      }
    }),
  );
  const broken = settled.find((one) => one.status === 'rejected');
  if (broken !== undefined) throw broken.reason;
  return settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
}

const END_OF = {
  started: 'started',
  found: 'found',
  remembered: 'labelled',
  'out-of-scope': 'outOfScope',
  gone: 'gone',
  superseded: 'gone',
} as const satisfies Record<UploadOutcome['kind'], BackfillEnd>;

/** Longer reasons are cut: samples travel along. */
const MAX_REASON_LENGTH = 1_500;

function withHandful(
  progress: PageProgress,
  handful: readonly DealtWith[],
  maxSamples: number,
): PageProgress {
  const started: string[] = [];
  const failed: string[] = [];
  let { counts, position } = progress;
  for (const { item, end, reason } of handful) {
    counts = withOneMore(counts, end);
    ({ position } = item);
    if (end === 'started' && item.kind === 'object') started.push(formatS3Uri(item.object));
    if (reason !== undefined) failed.push(reason.slice(0, MAX_REASON_LENGTH));
  }
  const samples = addSamples(progress.samples, { started, failed });
  return {
    position,
    counts,
    samples: { started: samples.started.slice(0, maxSamples), failed: samples.failed.slice(0, maxSamples) },
  };
}
