import {
  ActivityCancellationType,
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  defineUpdate,
  isCancellation,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  type ActivityOptions,
} from '@temporalio/workflow';
import type { BackfillActivities } from '../activities/index.js';
import { backfillDetails, describePosition } from '../src/core/backfill-details.js';
import { describeSource } from '../src/core/backfill-id.js';
import { afterPage, pageOf, restOf } from '../src/core/backfill-lines.js';
import {
  addCounts,
  addSamples,
  BACKFILL_PAUSE,
  BACKFILL_PROGRESS_QUERY,
  BACKFILL_RESUME,
  MAX_SAMPLES,
  NO_COUNTS,
  NO_SAMPLES,
  PAGES_PER_RUN,
  pageSize,
  type BackfillInput,
  type BackfillProgress,
  type BackfillResult,
  type BackfillState,
  type ContinuedBackfill,
  type StartPageResult,
} from '../src/core/backfill.js';
import { workflowTaskQueue } from '../src/core/memory-classes.js';

/** A page takes a minute at most, unless it waits for a server that is away. A worker that died is found in five seconds. */
const PAGE_OPTIONS: ActivityOptions = {
  startToCloseTimeout: '1h',
  heartbeatTimeout: '5s',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '30s' },
  // So that what was done until then is counted.
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
};

const { startPage } = proxyActivities<BackfillActivities>(PAGE_OPTIONS);

/** Speed is that of the last pages: each counts half of what the one after it does. */
const NEWEST_PAGE_WEIGHT = 0.5;

/**
 * Starts the jobs of the objects of a prefix or a list, page after page. What it holds are counts, a position and a few
 * names, however many objects there are. History: 6 events a page, some more for a pause, and a new run each 400 pages.
 *
 * Ends as `done` or `limit reached`; fails under a name of the taxonomy when its source cannot be read, with its
 * progress in the failure's details; or is cancelled. Jobs that it started go on in each case.
 */
export async function backfill(input: BackfillInput): Promise<BackfillResult> {
  const run = createRun(input);
  try {
    await goThrough(run);
    return finish(run);
  } catch (error) {
    if (isCancellation(error)) run.end('cancelled');
    if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
    run.end('failed');
    throw backfillFailure(error, run.progress());
  }
}

interface Run {
  readonly input: BackfillInput;
  readonly so: { -readonly [Name in keyof ContinuedBackfill]: ContinuedBackfill[Name] };
  progress(): BackfillProgress;
  add(page: StartPageResult, seconds: number): void;
  end(state: BackfillState): void;
}

/** What a run knows, with the query, the signals and the updates that show it and change it. */
function createRun(input: BackfillInput): Run {
  const so = { ...(input.continued ?? begun()) };
  let state: BackfillState | undefined;
  let objectsPerSecond: number | undefined;
  const progress = (): BackfillProgress => ({
    name: input.name,
    of: describeSource(input.source),
    state: state ?? (so.isPaused ? 'paused' : 'running'),
    position: so.position,
    counts: so.counts,
    samples: so.samples,
    pages: so.pages,
    runs: so.runs,
    startedAt: so.startedAt,
    ...(objectsPerSecond === undefined ? {} : { objectsPerSecond }),
    ...(input.ratePerSecond === undefined ? {} : { ratePerSecond: input.ratePerSecond }),
    ...(input.limit === undefined ? {} : { limit: input.limit }),
  });
  const show = () => {
    setCurrentDetails(backfillDetails(progress()));
  };
  const setPaused = (isPaused: boolean) => {
    so.isPaused = isPaused;
    show();
  };
  handle(progress, setPaused);
  show();
  return {
    input,
    so,
    progress,
    add: (page, seconds) => {
      so.position = page.position;
      so.counts = addCounts(so.counts, page.counts);
      so.samples = addSamples(so.samples, page.samples);
      so.pages += 1;
      const speed = page.counts.listed / Math.max(seconds, 0.001);
      const before = objectsPerSecond ?? speed;
      objectsPerSecond = before + NEWEST_PAGE_WEIGHT * (speed - before);
      show();
    },
    end: (ended) => {
      state = ended;
      show();
    },
  };
}

function begun(): ContinuedBackfill {
  return {
    position: {},
    counts: NO_COUNTS,
    samples: NO_SAMPLES,
    pages: 0,
    runs: 1,
    startedAt: new Date().toISOString(),
    isPaused: false,
  };
}

function handle(progress: () => BackfillProgress, setPaused: (isPaused: boolean) => void): void {
  setHandler(defineQuery<BackfillProgress>(BACKFILL_PROGRESS_QUERY), progress, {
    description: 'How far it has come, by its last finished page.',
  });
  for (const [name, isPaused, description] of [
    [
      BACKFILL_PAUSE,
      true,
      'Begin no other page. The one under way ends within ten seconds, of a list within a minute.',
    ],
    [BACKFILL_RESUME, false, 'Go on where it stood.'],
  ] as const) {
    setHandler(
      defineSignal(name),
      () => {
        setPaused(isPaused);
      },
      { description },
    );
    setHandler(
      defineUpdate<BackfillProgress>(name),
      () => {
        setPaused(isPaused);
        return progress();
      },
      { description },
    );
  }
}

/** Page after page until there are no more; returns, or continues as new. */
async function goThrough(run: Run): Promise<void> {
  const { input, so } = run;
  for (let pages = 0; ; pages += 1) {
    if (so.isPaused) await condition(() => !so.isPaused);
    if (startsLeft(run) === 0) return;
    if (pages === (input.pagesPerRun ?? PAGES_PER_RUN)) await goOnAsNew(run);
    const beganMs = Date.now();
    const page = await nextPage(run);
    run.add(page, (Date.now() - beganMs) / 1_000);
    // The page had time to end in good order, and its objects are counted; nothing comes after it.
    if (CancellationScope.current().consideredCancelled) await CancellationScope.current().cancelRequested;
    if (page.isLast) return;
  }
}

async function nextPage({ input, so }: Run): Promise<StartPageResult> {
  const { missingOnly, algorithms, publish, needsPolicy, ratePerSecond } = input;
  const maxObjects = pageSize(input.source, ratePerSecond);
  const source = pageOf(input.source, so.position, maxObjects);
  const where = describePosition(so.position);
  const left = startsLeft({ input, so });
  const page = withoutUndefined({ missingOnly, algorithms, publish, needsPolicy, ratePerSecond });
  const result = await startPage.executeWithOptions(
    {
      ...PAGE_OPTIONS,
      taskQueue: workflowTaskQueue(input.taskQueuePrefix),
      summary: shortened(`page ${String(so.pages + 1)}${where === '' ? '' : ` ${where}`}`),
    },
    [
      {
        ...page,
        source,
        position: so.position,
        maxObjects,
        ...(left === undefined ? {} : { maxStarts: left }),
        maxSamples: MAX_SAMPLES,
      },
    ],
  );
  return afterPage(input.source, source, result);
}

/** Undefined without a limit. */
function startsLeft({ input: { limit }, so }: Pick<Run, 'input' | 'so'>): number | undefined {
  return limit === undefined ? undefined : Math.max(0, limit - so.counts.started);
}

async function goOnAsNew({ input, so }: Run): Promise<never> {
  const source = restOf(input.source, so.position);
  return await continueAsNew<typeof backfill>({ ...input, source, continued: { ...so, runs: so.runs + 1 } });
}

function finish(run: Run): BackfillResult {
  run.end(startsLeft(run) === 0 ? 'limit reached' : 'done');
  return { ...run.progress(), finishedAt: new Date().toISOString() };
}

function backfillFailure(error: ActivityFailure, progress: BackfillProgress): ApplicationFailure {
  const { cause } = error;
  return ApplicationFailure.create({
    type: (cause instanceof ApplicationFailure ? cause.type : undefined) ?? 'Unknown',
    message: cause?.message ?? error.message,
    nonRetryable: true,
    details: [progress],
    cause: error,
  });
}

/** A summary may have 400 bytes; of a key, its start tells most. */
function shortened(summary: string): string {
  return summary.length > 90 ? `${summary.slice(0, 89)}…` : summary;
}

function withoutUndefined<T extends object>(given: T): { [Name in keyof T]: Exclude<T[Name], undefined> } {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as {
    [Name in keyof T]: Exclude<T[Name], undefined>;
  };
}
