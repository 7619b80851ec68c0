import {
  condition,
  continueAsNew,
  defineQuery,
  isCancellation,
  log,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { PROGRESS_QUERY } from '../src/core/job-progress.js';
import type {
  ContinuedReplay,
  ReplayInput,
  ReplayProgress,
  ReplayResult,
  ReplayTarget,
} from '../src/core/replay-contracts.js';
import { replayDetails } from '../src/core/replay-details.js';
import { emptyTally, mostInFlight, withEnd, withStart } from '../src/core/replay-tally.js';
import { createHold, type Hold } from './hold.js';
import { replayActivities } from './replay-proxies.js';

/** Looks at the jobs under way come so far apart while nothing happens. */
const LONGEST_PAUSE_MS = 30_000;

/** Jobs started by one activity. */
const MOST_STARTS = 50;

/** Pages looked through at once for a job that nobody has started since. */
const MOST_PAGES = 10;

/** Where a replay stands; what continue-as-new hands on. */
interface Run {
  readonly input: ReplayInput;
  readonly startedAt: string;
  readonly hold: Hold;
  waiting: ReplayTarget[];
  nextPageToken: string | undefined;
  /** True once the query has no more pages. */
  isListed: boolean;
  inFlight: ReplayTarget[];
  /** While jobs are being started: what was begun before a pause is still done. */
  isStarting: boolean;
  tally: ContinuedReplay['tally'];
}

/**
 * Starts jobs that ended without a result once more, at a bounded rate and with few under way until some have ended
 * well, and follows them to their ends. Stops by itself when one after the other ends with the cause it had. Started
 * twice, it starts no job twice.
 *
 * Signals `pause`, `resume`; query `progress`; cancelled, it starts no more, and leaves what it started alone. History:
 * at most 19 events a look at the jobs, which come one second apart while jobs are started, and up to half a minute
 * while they are only waited for; a new run where the server suggests it.
 */
export async function replay(input: ReplayInput): Promise<ReplayResult> {
  const run = createRun(input);
  setHandler(defineQuery<ReplayProgress>(PROGRESS_QUERY), () => progressOf(run), {
    description: 'What has come of the replay so far.',
  });
  try {
    return await toTheEnd(run);
  } catch (error) {
    if (isCancellation(error)) setCurrentDetails(replayDetails({ ...progressOf(run), state: 'stopped' }));
    throw error;
  }
}

async function toTheEnd(run: Run): Promise<ReplayResult> {
  const { looksPerRun = Infinity } = run.input;
  let pauseMs = beatMs(run.input);
  for (let looks = 1; ; looks++) {
    const before = run.tally;
    run.isStarting = mayStart(run);
    if (run.isStarting) await startSome(run);
    run.isStarting = false;
    await lookAtEnds(run);
    const progress = progressOf(run);
    setCurrentDetails(replayDetails(progress));
    if (progress.state === 'stopped' || progress.state === 'done') return progress;
    if (workflowInfo().continueAsNewSuggested || looks >= looksPerRun) return await inNewRun(run);
    pauseMs =
      run.tally !== before || mayStart(run) ? beatMs(run.input) : Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
    const { isHeld } = run.hold;
    await condition(() => run.hold.isHeld !== isHeld, pauseMs);
  }
}

function createRun(input: ReplayInput): Run {
  const { continued, jobs } = input;
  return {
    input,
    startedAt: continued?.startedAt ?? new Date().toISOString(),
    hold: createHold(continued?.isPaused === true, (isHeld) => {
      log.info(isHeld ? 'the replay is paused' : 'the replay goes on');
    }),
    waiting: [...(continued?.waiting ?? jobs ?? [])],
    nextPageToken: continued?.nextPageToken,
    isListed: continued?.isListed ?? input.query === undefined,
    inFlight: [...(continued?.inFlight ?? [])],
    isStarting: false,
    tally: continued?.tally ?? emptyTally(),
  };
}

/** One start at a rate below one a second, else a second's worth. */
function beatMs({ rate }: ReplayInput): number {
  return Math.ceil(Math.max(1_000, 1_000 / rate));
}

function mayStart(run: Run): boolean {
  return !run.hold.isHeld && room(run) > 0 && (run.waiting.length > 0 || !run.isListed);
}

function room({ input, inFlight, tally }: Run): number {
  const left = (input.limit ?? Infinity) - tally.started;
  const perBeat = Math.max(1, Math.floor((input.rate * beatMs(input)) / 1_000));
  const isStopped = tally.stoppedBecause !== undefined;
  return isStopped ? 0 : Math.min(mostInFlight(tally) - inFlight.length, left, perBeat, MOST_STARTS);
}

async function startSome(run: Run): Promise<void> {
  for (let pages = 0; pages < MOST_PAGES && run.waiting.length === 0 && !run.isListed; pages++) {
    await listMore(run);
  }
  const jobs = run.waiting.slice(0, room(run));
  if (jobs.length === 0) return;
  const { from } = run.input;
  const { starts } = await replayActivities(run.input).startJobsAgain({
    jobs,
    from,
    replayId: workflowInfo().workflowId,
  });
  run.waiting = run.waiting.slice(jobs.length);
  for (const [index, start] of starts.entries()) {
    run.tally = withStart(run.tally, start);
    const job = jobs[index];
    if (start.status === 'started' && job !== undefined) run.inFlight.push(job);
  }
}

async function listMore(run: Run): Promise<void> {
  const { query = '' } = run.input;
  const { jobs, nextPageToken } = await replayActivities(run.input).listUndoneJobs({
    query: `(${query}) AND CloseTime <= "${run.startedAt}"`,
    ...(run.nextPageToken === undefined ? {} : { pageToken: run.nextPageToken }),
  });
  run.waiting.push(...jobs);
  run.nextPageToken = nextPageToken;
  run.isListed = nextPageToken === undefined;
}

async function lookAtEnds(run: Run): Promise<void> {
  if (run.inFlight.length === 0) return;
  const { standings } = await replayActivities(run.input).readStandings({
    workflowIds: run.inFlight.map(({ workflowId }) => workflowId),
  });
  const byId = new Map(standings.map((standing) => [standing.workflowId, standing]));
  const stillRunning: ReplayTarget[] = [];
  for (const job of run.inFlight) {
    const standing = byId.get(job.workflowId);
    if (standing?.end === undefined) stillRunning.push(job);
    else run.tally = withEnd(run.tally, job, standing, run.input.stopAfterSameCause);
  }
  run.inFlight = stillRunning;
}

function progressOf(run: Run): ReplayProgress {
  const { input, startedAt, hold, waiting, isListed, inFlight, tally } = run;
  const isPaused = hold.isHeld && !run.isStarting;
  const isDone =
    inFlight.length === 0 &&
    ((isListed && waiting.length === 0) || tally.started >= (input.limit ?? Infinity));
  const state =
    tally.stoppedBecause !== undefined ? 'stopped' : isDone ? 'done' : isPaused ? 'paused' : 'running';
  return { ...tally, state, inFlight: inFlight.length, from: input.from, startedAt };
}

async function inNewRun(run: Run): Promise<never> {
  const { input, startedAt, hold, waiting, nextPageToken, isListed, inFlight, tally } = run;
  const { jobs: _, ...rest } = input;
  return await continueAsNew<typeof replay>({
    ...rest,
    continued: {
      startedAt,
      waiting,
      ...(nextPageToken === undefined ? {} : { nextPageToken }),
      isListed,
      inFlight,
      tally,
      isPaused: hold.isHeld,
    },
  });
}
