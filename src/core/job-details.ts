import type { Checkpoint, HashObjectResult, Proof } from './contracts.js';
import { formatBytes } from './format-bytes.js';
import type { JobProgress } from './job-progress.js';
import { codeOf } from './markdown.js';
import type { Archive, RestoreReport, RestoreTier } from './restore.js';

const BAR_CELLS = 20;

/** The Web UI (2.42) measures its panel before lines wrap, and cuts off as many at the end: let it cut this. */
const ROOM = '\u00a0\n\n\u00a0';

/** Hex digits that fit a line of the panel in a window of 1,360 pixels: a SHA-256. */
const PANEL_HEX_DIGITS = 64;

/** Where and when a speed is measured from. */
export interface Milestone {
  readonly bytesHashed: number;
  readonly timeMs: number;
}

/**
 * A running job for the Web UI's details panel, in Markdown: bar, bytes, range, class, speed and time left. It is
 * written between ranges only, and says so.
 *
 * @param from the first range that this run began
 * @param nowMs the workflow's time
 */
export function progressDetails(progress: JobProgress, from: Milestone, nowMs: number): string {
  const { bytesHashed, sizeBytes, range, ranges, memoryClassMB, phase } = progress;
  return [
    `${phase === undefined ? '' : `${phase} · `}${progressBar(bytesHashed, sizeBytes)} · ${formatBytes(bytesHashed)} of ${formatBytes(sizeBytes)}`,
    [
      `range ${String(range)} of ${String(ranges)}`,
      `${String(memoryClassMB)} MB class`,
      speedOf(progress, from, nowMs),
    ].join(' · '),
    `_As of ${timeOfDay(nowMs)}, the end of the last finished range._`,
    ROOM,
  ].join('\n\n');
}

/** `████░░░░` and the percentage, which is 100 at the very end only. */
export function progressBar(bytesHashed: number, sizeBytes: number): string {
  const part = sizeBytes === 0 ? 1 : bytesHashed / sizeBytes;
  const full = Math.floor(part * BAR_CELLS);
  return `\`${'█'.repeat(full)}${'░'.repeat(BAR_CELLS - full)}\` **${String(Math.floor(part * 100))} %**`;
}

function speedOf({ bytesHashed, sizeBytes }: JobProgress, from: Milestone, nowMs: number): string {
  const seconds = (nowMs - from.timeMs) / 1_000;
  const bytes = bytesHashed - from.bytesHashed;
  if (seconds <= 0 || bytes <= 0) return 'speed known after this range';
  const bytesPerSecond = bytes / seconds;
  return `${formatBytes(bytesPerSecond)}/s · about ${formatSeconds((sizeBytes - bytesHashed) / bytesPerSecond)} left`;
}

/** A job that ended with a result: outcome, digests, verdict, what reading took, where it was published, proof, notes. */
export function resultDetails(result: HashObjectResult): string {
  const { outcome, verdict, proof, stats, published, restored, notes = [] } = result;
  const digests = Object.entries(result.digests).map(([algorithm, digest]) => {
    return `- ${algorithm} ${inLines(digest)}`;
  });
  const receipts = published.map(({ sink, status, detail }) => `- ${sink} ${status}: ${codeOf(detail)}`);
  return [
    `**${outcome}**${sizeAndSpeed(result)}`,
    digests.join('\n'),
    outcome === 'hashed' ? `verdict **${verdict}**` : '',
    `read ${formatBytes(stats.bytesRead)}, ${formatBytes(stats.bytesReadTwice)} of it twice${resumption(stats)}`,
    `${String(stats.ranges)} ranges, ${String(stats.attempts)} attempts · ${String(stats.memoryClassMB)} MB class`,
    restored === undefined ? '' : restoredLine(restored),
    receipts.join('\n'),
    describeProof(proof),
    notes.map((note) => `- ${note}`).join('\n'),
    ROOM,
  ]
    .filter((paragraph) => paragraph !== '')
    .join('\n\n');
}

/** A digest as code; one that is wider than the panel, which does not break it, in pieces that fit. */
function inLines(digest: string): string {
  const lines = digest.match(new RegExp(`.{1,${String(PANEL_HEX_DIGITS)}}`, 'g')) ?? [];
  return lines.map((line) => `\`${line}\``).join(' ');
}

/** A job that waits for S3 to restore its object. */
export function restoreDetails(archive: Archive, tier: RestoreTier): string {
  return [`**waits for S3** to restore the object from ${archive} (${tier})`, ROOM].join('\n\n');
}

/** A job that failed: the name of the cause, what happened, and how far it had come. */
export function failureDetails(cause: string, message: string, checkpoint: Checkpoint | undefined): string {
  return [`**failed: ${cause}**`, reachedBy(checkpoint), codeOf(message), ROOM].join('\n\n');
}

/** A job that an operator cancelled: how far it had come. */
export function cancelledDetails(checkpoint: Checkpoint | undefined): string {
  return ['**cancelled**', reachedBy(checkpoint), ROOM].join('\n\n');
}

function reachedBy(checkpoint: Checkpoint | undefined): string {
  if (checkpoint === undefined || checkpoint.bytesHashed === 0) return 'Nothing had been hashed.';
  const { bytesHashed, object } = checkpoint;
  return `${progressBar(bytesHashed, object.sizeBytes)} · ${formatBytes(bytesHashed)} of ${formatBytes(object.sizeBytes)} hashed until then`;
}

function restoredLine({ archive, tier, waitedSeconds, estimatedUsd }: RestoreReport): string {
  const cost = estimatedUsd === undefined ? '' : `, some $${estimatedUsd.toFixed(4)} at list price`;
  return `restored from ${archive} (${tier}) in ${formatSeconds(waitedSeconds)}${cost}`;
}

function resumption({ resumedAtByte }: HashObjectResult['stats']): string {
  return resumedAtByte === undefined ? '' : `; went on from a checkpoint at ${formatBytes(resumedAtByte)}`;
}

function sizeAndSpeed({ outcome, object, stats }: HashObjectResult): string {
  const { sizeBytes } = object;
  if (outcome !== 'hashed' || sizeBytes === undefined) return '';
  const seconds = (Date.parse(stats.finishedAt) - Date.parse(stats.startedAt)) / 1_000;
  const speed = seconds > 0 && sizeBytes > 0 ? `, ${formatBytes(sizeBytes / seconds)}/s` : '';
  return ` · ${formatBytes(sizeBytes)} in ${formatSeconds(seconds)}${speed}`;
}

function describeProof(proof: Proof): string {
  switch (proof.kind) {
    case 'none':
      return `no proof: ${proof.reason}`;
    case 'reused-stored':
      return `taken from S3's own ${proof.algorithms.join(', ')}: no byte was read`;
    case 'stored-parts':
      return `proof: the parts read have the ${proof.algorithm} that S3 holds of them`;
    case 'stored-etag':
      return 'proof: the bytes read have the MD5 that is their ETag';
    case 'stored-checksum':
      return `proof: the bytes read have the ${proof.algorithm} that S3 holds`;
  }
}

/** `0.4 s`, `16 s`, `3 min 20 s`, `2 h 5 min`. */
export function formatSeconds(seconds: number): string {
  if (seconds < 10) return `${String(Math.round(seconds * 10) / 10)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${String(whole)} s`;
  if (whole < 3_600) return `${String(Math.floor(whole / 60))} min ${String(whole % 60)} s`;
  return `${String(Math.floor(whole / 3_600))} h ${String(Math.floor((whole % 3_600) / 60))} min`;
}

function timeOfDay(timeMs: number): string {
  return `${new Date(timeMs).toISOString().slice(11, 19)} UTC`;
}
