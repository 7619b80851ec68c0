import { activityInfo, Context, heartbeat } from '@temporalio/activity';
import {
  NO_COUNTS,
  NO_SAMPLES,
  pageSeconds,
  type BackfillOrder,
  type PageProgress,
  type StartPageInput,
  type StartPageResult,
} from '../src/core/backfill.js';
import { listItems } from '../src/backfill/list-items.js';
import type { StartItem } from '../src/backfill/start-item.js';
import { startItems } from '../src/backfill/start-items.js';
import type { ListStore } from '../src/core/list-store.js';

/** What starts the objects of one page. */
export interface PageStarter {
  readonly start: StartItem;
  close(): void;
}

export interface BackfillDependencies {
  readonly lists: ListStore;
  /**
   * @param stop ends the waiting for a server that is away
   * @throws MidstateError InvalidInput where the worker lacks a policy file that is needed
   */
  readonly openStarter: (order: BackfillOrder, stop: AbortSignal) => Promise<PageStarter>;
}

/** Well under the heartbeat timeout; the SDK holds most of them back. */
const HEARTBEAT_INTERVAL_MS = 500;

/**
 * Starts the jobs of the next objects of a backfill: of one page of a listing, or of as many lines as a minute
 * allows. It ends early, with what it has done, when its worker stops or the backfill is cancelled.
 *
 * Retry-safe: a job's id is that of its object version, so what an attempt that was killed had started is found.
 * Heartbeat: `PageProgress`, from which the next attempt goes on.
 *
 * @throws MidstateError AccessDenied, BucketNotFound, ObjectGone, ObjectChanged (the list), InvalidInput (not retried);
 *   StoreUnavailable, TemporalUnavailable
 */
export async function startPage(deps: BackfillDependencies, input: StartPageInput): Promise<StartPageResult> {
  const { cancellationSignal } = Context.current();
  let progress = earlierProgress() ?? { position: input.position, counts: NO_COUNTS, samples: NO_SAMPLES };
  const timer = setInterval(() => {
    heartbeat(progress);
  }, HEARTBEAT_INTERVAL_MS);
  const starter = await deps.openStarter(input, cancellationSignal).catch((error: unknown) => {
    clearInterval(timer);
    throw error;
  });
  try {
    const left = input.maxObjects - progress.counts.listed;
    return await startItems(
      listItems(deps.lists, input.source, progress.position, Math.max(left, 1)),
      progress,
      {
        start: starter.start,
        onProgress: (now) => {
          progress = now;
          heartbeat(now);
        },
        now: () => performance.now(),
        pause: (ms) => pause(ms, cancellationSignal),
        shouldStop: () => cancellationSignal.aborted,
      },
      { ...input, maxSeconds: pageSeconds(input.source) },
    );
  } catch (error) {
    heartbeat(progress); // sent along with the failure
    throw error;
  } finally {
    clearInterval(timer);
    starter.close();
  }
}

/** Written by this activity itself, in this version or another: a guard, no parser. */
function earlierProgress(): PageProgress | undefined {
  const details = activityInfo().heartbeatDetails as Partial<PageProgress> | null | undefined;
  const { position, counts, samples } = details ?? {};
  if (position === undefined || counts === undefined || samples === undefined) return undefined;
  return { position, counts: { ...NO_COUNTS, ...counts }, samples };
}

function pause(ms: number, stop: AbortSignal): Promise<void> {
  if (ms <= 0 || stop.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      stop.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    stop.addEventListener('abort', done, { once: true });
  });
}
