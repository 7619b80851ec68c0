import { formatBytes } from '../core/format-bytes.js';
import { formatSeconds, progressBar } from '../core/job-details.js';
import { describeProof } from '../core/proof.js';
import { formatS3Uri } from '../core/s3-uri.js';
import type { JobStatus } from '../temporal/job-status.js';

/** What is known of a job besides its status. */
export interface JobFacts {
  /** The job's page in the Web UI. */
  readonly link?: string | undefined;
  /** As it was measured; default: the average since its start. */
  readonly bytesPerSecond?: number | undefined;
  readonly nowMs: number;
}

/** A job in lines for people: state and object, then what there is to tell. */
export function describeJob(job: JobStatus, facts: JobFacts): string[] {
  const { link } = facts;
  const lines = [...detailsOf(job, facts), job.workflowId, ...(link === undefined ? [] : [link])];
  return [`${stateOf(job).padEnd(22)} ${formatS3Uri(job.object)}`, ...lines.map((line) => `  ${line}`)];
}

function stateOf({ execution, result, progress, hashStatus }: JobStatus): string {
  if (result !== undefined) return result.outcome === 'hashed' ? `hashed ${result.verdict}` : result.outcome;
  if (execution !== 'RUNNING') return execution.toLowerCase();
  const percent = progress?.sizeBytes ? Math.floor((100 * progress.bytesHashed) / progress.sizeBytes) : 0;
  return `${hashStatus === 'paused' ? 'paused' : 'hashing'} ${String(percent)} %`;
}

function detailsOf(job: JobStatus, facts: JobFacts): string[] {
  const { result, failure } = job;
  const lines = [...progressOf(job, facts), ...activityOf(job, facts)];
  for (const [algorithm, digest] of Object.entries(result?.digests ?? {}))
    lines.push(`${algorithm} ${digest}`);
  if (result?.outcome === 'hashed') lines.push(describeProof(result.proof));
  if (result?.stats.resumedAtByte !== undefined)
    lines.push(`went on from a checkpoint at ${formatBytes(result.stats.resumedAtByte)}`);
  for (const note of result?.notes ?? []) lines.push(note);
  for (const receipt of result?.published ?? []) lines.push(`${receipt.status}: ${receipt.detail}`);
  if (failure !== undefined) lines.push(`${failure.cause}: ${failure.message}`);
  return lines;
}

function progressOf(job: JobStatus, facts: JobFacts): string[] {
  const { progress, memoryClassMB } = job;
  if (progress === undefined) return [];
  const { bytesHashed, sizeBytes, phase, range, ranges } = progress;
  return [
    `${progressBar(bytesHashed, sizeBytes).replace(/[`*]/g, '')}  ${formatBytes(bytesHashed)} of ${formatBytes(sizeBytes)}, ` +
      `${phase === undefined ? 'range' : `${phase}:`} ${String(range)} of ${String(ranges)}` +
      `${memoryClassMB === undefined ? '' : `, ${String(memoryClassMB)} MB class`}${etaOf(job, facts)}`,
  ];
}

function activityOf({ activity, activitiesUnderWay = 1 }: JobStatus, { nowMs }: JobFacts): string[] {
  if (activity === undefined) return [];
  const { type, attempt, worker, isPaused, nextAttemptAt, lastError } = activity;
  const waitSeconds = nextAttemptAt === undefined ? 0 : (Date.parse(nextAttemptAt) - nowMs) / 1_000;
  return [
    [
      `${type} attempt ${String(attempt)} on ${worker || 'no worker yet'}`,
      ...(activitiesUnderWay > 1 ? [`and ${String(activitiesUnderWay - 1)} more`] : []),
      ...(isPaused === true ? ['paused'] : []),
      ...(waitSeconds > 0 ? [`next attempt in ${formatSeconds(waitSeconds)}`] : []),
    ].join(', '),
    ...(lastError === undefined ? [] : [`last error: ${lastError}`]),
  ];
}

/** Time to the end, at the speed measured or else at the average so far. */
function etaOf({ startedAt, progress, hashStatus }: JobStatus, facts: JobFacts): string {
  const seconds = (facts.nowMs - Date.parse(startedAt)) / 1_000;
  const { bytesHashed = 0, sizeBytes = 0, phase } = progress ?? {};
  if (bytesHashed === 0 || phase !== undefined || seconds < 1 || hashStatus === 'paused') return '';
  const bytesPerSecond = facts.bytesPerSecond ?? bytesHashed / seconds;
  if (bytesPerSecond <= 0) return ', no byte lately';
  const left = (sizeBytes - bytesHashed) / bytesPerSecond;
  return `, ${formatBytes(bytesPerSecond)}/s, about ${formatSeconds(Math.ceil(left))} left`;
}
