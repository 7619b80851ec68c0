import { NO_COUNTS, type BackfillCounts, type BackfillPosition, type BackfillProgress } from './backfill.js';
import { codeOf } from './markdown.js';

/** What each count is called; the order in which they are told. */
export const COUNT_NAMES: Readonly<Record<keyof BackfillCounts, string>> = {
  listed: 'listed',
  started: 'started',
  found: 'already hashed',
  labelled: 'carry their digest',
  outOfScope: 'out of scope',
  sidecars: 'sidecars',
  notCurrent: 'not current',
  gone: 'gone or changed',
  failed: 'failed',
};

/** `1,000 listed · 600 started · 400 already hashed`: those that are not 0, and always the first two. */
export function describeCounts(counts: BackfillCounts): string {
  const names = Object.keys(NO_COUNTS) as (keyof BackfillCounts)[];
  return names
    .filter((name) => counts[name] > 0 || name === 'listed' || name === 'started')
    .map((name) => `${grouped(counts[name])} ${COUNT_NAMES[name]}`)
    .join(' · ');
}

/** Where a backfill stands in its source; empty before the first object. */
export function describePosition({ after, file, line }: BackfillPosition): string {
  if (after !== undefined) return `after ${after}`;
  if (line === undefined) return '';
  return file === undefined ? `line ${grouped(line)}` : `file ${String(file + 1)}, line ${grouped(line)}`;
}

/** `42 objects/s, at most 50`; empty before the first page. */
export function describeRate({ objectsPerSecond, ratePerSecond }: BackfillProgress): string {
  const most = ratePerSecond === undefined ? '' : `, at most ${String(ratePerSecond)}`;
  return objectsPerSecond === undefined
    ? most.slice(2)
    : `${grouped(Number(objectsPerSecond.toPrecision(3)))} objects/s${most}`;
}

/** One line for a terminal. */
export function progressLine(progress: BackfillProgress): string {
  const { state, counts, position } = progress;
  const parts = [state, describeCounts(counts), describeRate(progress), describePosition(position)];
  return parts.filter((part) => part !== '').join(' · ');
}

/** A backfill for the Web UI's details panel, in Markdown. How much is left nobody knows: S3 does not tell. */
export function backfillDetails(progress: BackfillProgress): string {
  const { state, of, counts, position, pages, runs, limit, samples } = progress;
  const names = (Object.keys(NO_COUNTS) as (keyof BackfillCounts)[]).filter((name) => counts[name] > 0);
  const where = describePosition(position);
  return [
    `**${state}** · ${codeOf(of)}`,
    [
      '| objects | |',
      '|--:|---|',
      ...names.map((name) => `| ${grouped(counts[name])} | ${COUNT_NAMES[name]} |`),
    ].join('\n'),
    [describeRate(progress), `${grouped(pages)} pages in ${String(runs)} runs`, limitOf(limit)]
      .filter((part) => part !== '')
      .join(' · '),
    where === '' ? '' : codeOf(where),
    listOf('Started, the first', samples.started),
    listOf('Failed, the first', samples.failed),
  ]
    .filter((paragraph) => paragraph !== '')
    .join('\n\n');
}

function limitOf(limit: number | undefined): string {
  return limit === undefined ? '' : `at most ${grouped(limit)} jobs`;
}

function listOf(title: string, items: readonly string[]): string {
  if (items.length === 0) return '';
  return [`${title}:`, ...items.map((item) => `- ${codeOf(item)}`)].join('\n');
}

function grouped(value: number): string {
  return value.toLocaleString('en-US');
}
