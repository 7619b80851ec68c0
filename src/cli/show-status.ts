import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { loadConfig } from '../config.js';
import { MidstateError } from '../core/failures.js';
import { replayLines } from '../core/replay-details.js';
import { isS3Uri, parseS3Uri } from '../core/s3-uri.js';
import { SpeedMeter } from '../core/speed-meter.js';
import { findJobs, readJobStatus, type JobStatus } from '../temporal/job-status.js';
import { readReplay } from '../temporal/read-replay.js';
import { REPLAY_ID_PREFIX } from '../temporal/start-replay.js';
import { openClient } from '../starter/open-client.js';
import { jobUrl } from '../temporal/web-ui-links.js';
import { describeJob } from './describe-job.js';
import { LiveLines } from './live-lines.js';
import { printJson, printLine } from './output.js';
import { temporalOf, type Temporal } from './report-job.js';
import type { StatusOptions } from './status-command.js';
import { stopOnSignal } from './stop-on-signal.js';

const LOOK_EVERY_MS = 1_000;

/** What one look at the jobs brought. */
interface Look {
  readonly json: readonly object[];
  readonly lines: readonly string[];
  readonly isOver: boolean;
}

/** Shows jobs, or a replay, as they stand; where that is asked for, again and again until they have ended. */
export async function showStatus(job: string | undefined, options: StatusOptions): Promise<void> {
  const temporal = temporalOf(await openClient(), loadConfig());
  const { client } = temporal;
  try {
    const look = await lookerFor(temporal, job, options);
    if (options.follow === true) await follow(look, options);
    else print(await look(), options);
  } finally {
    await client.connection.close();
  }
}

async function lookerFor(
  temporal: Temporal,
  job: string | undefined,
  { limit }: StatusOptions,
): Promise<() => Promise<Look>> {
  if (job?.startsWith(REPLAY_ID_PREFIX) === true) return () => lookAtReplay(temporal.client, job);
  const ids = await idsOf(temporal.client, job, limit);
  if (ids.length === 0) {
    throw new MidstateError('ObjectGone', 'status: there is no such job; `midstate submit` starts one', {
      facts: { job: job ?? 'any' },
    });
  }
  const meters = new Map(ids.map((id) => [id, new SpeedMeter()]));
  return () => lookAtJobs(temporal, meters);
}

async function idsOf(client: Client, job: string | undefined, limit: number): Promise<string[]> {
  if (job !== undefined && !isS3Uri(job)) return [job];
  return await findJobs(client, job === undefined ? undefined : parseS3Uri(job), limit);
}

async function lookAtJobs({ client, ui }: Temporal, meters: ReadonlyMap<string, SpeedMeter>): Promise<Look> {
  const json: object[] = [];
  const lines: string[] = [];
  let isOver = true;
  for (const [id, meter] of meters) {
    const job = await readJobStatus(client, id);
    const link = ui === undefined ? undefined : jobUrl(ui, job.workflowId, job.runId);
    const bytesPerSecond = measure(meter, job);
    json.push({ ...job, ...(link === undefined ? {} : { webUi: link }) });
    lines.push(...describeJob(job, { link, bytesPerSecond, nowMs: Date.now() }));
    isOver &&= job.execution !== 'RUNNING';
  }
  return { json, lines, isOver };
}

function measure(meter: SpeedMeter, { progress }: JobStatus): number | undefined {
  if (progress === undefined) return undefined;
  meter.add({ bytesHashed: progress.bytesHashed, timeMs: Date.now() });
  return meter.bytesPerSecond();
}

async function lookAtReplay(client: Client, workflowId: string): Promise<Look> {
  const { isOver, execution, progress } = await readReplay(client, workflowId);
  const told = progress === undefined ? [execution.toLowerCase()] : replayLines(progress);
  const [head = '', ...rest] = execution === 'CANCELLED' ? ['cancelled', ...told.slice(1)] : told;
  return {
    json: [{ workflowId, execution, ...progress }],
    lines: [`${head.padEnd(22)} ${workflowId}`, ...rest.map((line) => `  ${line}`)],
    isOver,
  };
}

function print({ json, lines }: Look, options: StatusOptions): void {
  if (options.json === true) for (const value of json) printJson(value);
  else for (const line of lines) printLine(line);
}

/** On a terminal the lines are written anew in their place; elsewhere they are written when they have changed. */
async function follow(look: () => Promise<Look>, options: StatusOptions): Promise<void> {
  const stop = stopOnSignal();
  const isLive = options.json !== true && process.stdout.isTTY;
  const screen = new LiveLines(process.stdout);
  let last = '';
  for (;;) {
    const seen = await look();
    if (isLive) screen.show(seen.lines);
    const text = JSON.stringify(seen.json);
    if (!isLive && text !== last) print(seen, options);
    last = text;
    if (seen.isOver || stop.aborted) return;
    await delay(LOOK_EVERY_MS, undefined, { signal: stop }).catch(() => undefined);
  }
}
