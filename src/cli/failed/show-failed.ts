import { setTimeout as delay } from 'node:timers/promises';
import { loadConfig } from '../../config.js';
import { formatBytes } from '../../core/format-bytes.js';
import { formatS3Uri } from '../../core/s3-uri.js';
import { adviceOf, groupJobs, meaningOf, type JobGroup, type UndoneJob } from '../../core/undone-jobs.js';
import type { JobSelection } from '../../core/visibility-query.js';
import { readEndMessage } from '../../temporal/ended-run.js';
import { lookForUndone, type Undone } from '../../temporal/look-for-undone.js';
import { openClient } from '../../starter/open-client.js';
import { jobUrl } from '../../temporal/web-ui-links.js';
import type { FailedOptions } from '../failed-command.js';
import { printJson, printLine } from '../output.js';
import { temporalOf, type Temporal } from '../report-job.js';
import { selectionOf } from '../selection-options.js';
import { stopOnSignal } from '../stop-on-signal.js';

/** Shows the jobs in groups; then, where that is asked for, each one that fails from now on. */
export async function showFailed(query: string | undefined, options: FailedOptions): Promise<void> {
  const temporal = temporalOf(await openClient(), loadConfig());
  const { client } = temporal;
  try {
    const selection = selectionOf(options, query, Date.now());
    const lookedAtMs = Date.now();
    const undone = await lookForUndone(client, selection, options.limit);
    await reportGroups(temporal, undone, options);
    if (options.follow === true)
      await follow(temporal, selection, { lookedAtMs, seen: undone.jobs }, options);
  } finally {
    await client.connection.close();
  }
}

async function reportGroups(
  temporal: Temporal,
  { jobs, isCut }: Undone,
  options: FailedOptions,
): Promise<void> {
  const groups = groupJobs(jobs, options.by);
  const examples = await Promise.all(groups.map(({ example }) => describeExample(temporal, example)));
  if (options.json === true) {
    printJson({
      count: jobs.length,
      isCut,
      by: options.by,
      groups: groups.map((group, index) => ({
        ...group,
        advice: adviceOf(mainCause(group)),
        example: examples[index],
      })),
    });
    return;
  }
  const more = isCut ? `, the newest of more (--limit ${String(options.limit)})` : '';
  printLine(
    jobs.length === 0 ? 'no job has failed' : `${counted(jobs.length, 'job')} without a result${more}`,
  );
  for (const [index, group] of groups.entries()) {
    const example = examples[index];
    if (example !== undefined) for (const line of linesOf(group, example, options)) printLine(line);
  }
}

/** One job of a group, as it is shown. */
interface Example {
  readonly uri: string;
  readonly workflowId: string;
  readonly runId: string;
  readonly closedAt: string;
  readonly cause: string;
  readonly message: string;
  readonly bytesHashed?: number;
  readonly sizeBytes?: number;
  readonly webUi?: string;
}

async function describeExample({ client, ui }: Temporal, job: UndoneJob): Promise<Example> {
  const { object, workflowId, runId, closedAt, cause, note, sizeBytes } = job;
  return {
    uri: formatS3Uri(object),
    workflowId,
    runId,
    closedAt,
    cause,
    message: note?.message ?? (await readEndMessage(client, job)),
    ...(note === undefined ? {} : { bytesHashed: note.bytesHashed }),
    ...(sizeBytes === undefined ? {} : { sizeBytes }),
    ...(ui === undefined ? {} : { webUi: jobUrl(ui, workflowId, runId) }),
  };
}

function linesOf(group: JobGroup, example: Example, { by }: FailedOptions): string[] {
  const cause = mainCause(group);
  const causes = Object.entries(group.causes).map(([name, count]) => `${name} ${String(count)}`);
  const title = by === 'cause' ? `${group.name}: ${meaningOf(cause)}` : `${group.name}: ${causes.join(', ')}`;
  return [
    '',
    `${String(group.count).padStart(6)}  ${title}`,
    `        do    ${adviceOf(cause)}`,
    `        e.g.  ${example.uri}, ${example.closedAt.slice(0, 19)}Z${reached(example)}`,
    `              ${example.message}`,
    `              ${example.workflowId}`,
    ...(example.webUi === undefined ? [] : [`              ${example.webUi}`]),
  ];
}

function reached({ bytesHashed, sizeBytes }: Example): string {
  if (sizeBytes === undefined) return '';
  if (bytesHashed === undefined || bytesHashed === 0) return `, ${formatBytes(sizeBytes)}`;
  return `, ${formatBytes(bytesHashed)} of ${formatBytes(sizeBytes)} hashed`;
}

function mainCause({ causes }: JobGroup): string {
  return Object.keys(causes)[0] ?? 'Unknown';
}

function counted(count: number, what: string): string {
  return `${String(count)} ${what}${count === 1 ? '' : 's'}`;
}

const LOOK_EVERY_MS = 2_000;

/** A server lists what ended so much later at most. */
const LATE_MS = 30_000;

async function follow(
  temporal: Temporal,
  selection: JobSelection,
  from: { readonly lookedAtMs: number; readonly seen: readonly UndoneJob[] },
  options: FailedOptions,
): Promise<void> {
  const stop = stopOnSignal();
  const seen = new Set(from.seen.map(({ runId }) => runId));
  let sinceMs = from.lookedAtMs;
  while (!stop.aborted) {
    await delay(LOOK_EVERY_MS, undefined, { signal: stop }).catch(() => undefined);
    const lookedAtMs = Date.now();
    const since = new Date(sinceMs - LATE_MS).toISOString();
    const { jobs } = await lookForUndone(temporal.client, { ...selection, since }, options.limit);
    for (const job of [...jobs].reverse()) {
      if (seen.has(job.runId)) continue;
      seen.add(job.runId);
      await reportOne(temporal, job, options);
    }
    sinceMs = lookedAtMs;
  }
}

async function reportOne(temporal: Temporal, job: UndoneJob, { json }: FailedOptions): Promise<void> {
  const example = await describeExample(temporal, job);
  if (json === true) printJson(example);
  else {
    printLine(`${example.closedAt.slice(0, 19)}Z  ${example.cause}  ${example.uri}${reached(example)}`);
    printLine(`  ${example.message}`);
  }
}
