import type { Command } from 'commander';
import type { Client } from '@temporalio/client';
import { loadConfig } from '../config.js';
import { MidstateError } from '../core/failures.js';
import { formatBytes } from '../core/format-bytes.js';
import { describeProof } from '../core/proof.js';
import { formatS3Uri, isS3Uri, parseS3Uri } from '../core/s3-uri.js';
import { findJobs, readJobStatus, type JobStatus } from '../temporal/job-status.js';
import { connectClient } from '../temporal/temporal-connection.js';
import { jobUrl } from '../temporal/web-ui-links.js';
import { printJson, printLine } from './output.js';

interface StatusOptions {
  readonly limit: string;
  readonly json?: boolean;
}

export function addStatusCommand(program: Command): void {
  program
    .command('status')
    .description('show how far jobs have come, and what they found')
    .argument('[job]', 's3://bucket/key or a workflow id (default: the newest jobs)')
    .option('--limit <count>', 'jobs to show', '20')
    .option('--json', 'print one JSON value a line')
    .addHelpText('after', '\nExample:\n  midstate status s3://bucket/video.mov')
    .action(status);
}

async function status(job: string | undefined, options: StatusOptions): Promise<void> {
  const { uiUrl } = loadConfig();
  const client = await connectClient();
  const ui = uiUrl === undefined ? undefined : { url: uiUrl, namespace: client.options.namespace };
  try {
    const ids = await idsOf(client, job, Number(options.limit));
    if (ids.length === 0) {
      throw new MidstateError('ObjectGone', 'status: there is no such job; `midstate submit` starts one', {
        facts: { job: job ?? 'any' },
      });
    }
    for (const id of ids) {
      const found = await readJobStatus(client, id);
      const link = ui === undefined ? undefined : jobUrl(ui, found.workflowId, found.runId);
      if (options.json === true) printJson({ ...found, ...(link === undefined ? {} : { webUi: link }) });
      else for (const line of describeJob(found, link)) printLine(line);
    }
  } finally {
    await client.connection.close();
  }
}

async function idsOf(client: Client, job: string | undefined, limit: number): Promise<string[]> {
  if (!Number.isSafeInteger(limit) || limit < 1) {
    throw new MidstateError(
      'InvalidInput',
      `status: --limit: expected a whole number from 1, got ${String(limit)}`,
    );
  }
  if (job === undefined || isS3Uri(job)) {
    return await findJobs(client, job === undefined ? undefined : parseS3Uri(job), limit);
  }
  return [job];
}

/** @param link the job's page in the Web UI, where that is known */
function describeJob(job: JobStatus, link: string | undefined): string[] {
  const head = `${stateOf(job).padEnd(22)} ${formatS3Uri(job.object)}`;
  return [
    head,
    ...[...detailsOf(job), job.workflowId, ...(link === undefined ? [] : [link])].map((line) => `  ${line}`),
  ];
}

function stateOf({ execution, result, progress }: JobStatus): string {
  if (result !== undefined) return result.outcome === 'hashed' ? `hashed ${result.verdict}` : result.outcome;
  if (execution !== 'RUNNING') return execution.toLowerCase();
  const percent = progress?.sizeBytes ? Math.floor((100 * progress.bytesHashed) / progress.sizeBytes) : 0;
  return `hashing ${String(percent)} %`;
}

function detailsOf(job: JobStatus): string[] {
  const lines: string[] = [];
  const { progress, activity, result, failure } = job;
  if (progress !== undefined) {
    lines.push(
      `${formatBytes(progress.bytesHashed)} of ${formatBytes(progress.sizeBytes)}, ` +
        `${progress.phase === undefined ? 'range' : `${progress.phase}:`} ` +
        `${String(progress.range)} of ${String(progress.ranges)}${etaOf(job)}`,
    );
  }
  if (activity !== undefined)
    lines.push(
      `${activity.type} attempt ${String(activity.attempt)} on ${activity.worker || 'no worker yet'}`,
    );
  if (activity?.lastError !== undefined) lines.push(`last error: ${activity.lastError}`);
  for (const [algorithm, digest] of Object.entries(result?.digests ?? {}))
    lines.push(`${algorithm} ${digest}`);
  if (result?.outcome === 'hashed') lines.push(describeProof(result.proof));
  for (const note of result?.notes ?? []) lines.push(note);
  for (const receipt of result?.published ?? []) lines.push(`${receipt.status}: ${receipt.detail}`);
  if (failure !== undefined) lines.push(`${failure.cause}: ${failure.message}`);
  return lines;
}

/** Time to the end at the average speed so far. */
function etaOf({ startedAt, progress }: JobStatus): string {
  const seconds = (Date.now() - Date.parse(startedAt)) / 1_000;
  if (progress === undefined || progress.bytesHashed === 0 || progress.phase !== undefined || seconds < 1) {
    return '';
  }
  const bytesPerSecond = progress.bytesHashed / seconds;
  const left = Math.ceil((progress.sizeBytes - progress.bytesHashed) / bytesPerSecond);
  return `, ${formatBytes(bytesPerSecond)}/s, about ${String(left)} s left`;
}
