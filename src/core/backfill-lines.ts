/** Lines that travel along with a backfill go to its activity a page at a time, and into no history twice. */
import type { BackfillPosition, BackfillSource, StartPageResult } from './backfill.js';

/** Lines that may travel along, in bytes: Temporal warns of payloads from 512 kB. */
export const MAX_LINES_BYTES = 400_000;

/** Of lines those that may be dealt with next; any other source as it is. */
export function pageOf(source: BackfillSource, position: BackfillPosition, max: number): BackfillSource {
  const rest = restOf(source, position);
  return rest.kind === 'lines' ? { ...rest, lines: rest.lines.slice(0, max) } : rest;
}

/** Of lines those that have not been dealt with; any other source as it is. */
export function restOf(source: BackfillSource, { line = 0 }: BackfillPosition): BackfillSource {
  if (source.kind !== 'lines') return source;
  const { lines, leftOut = 0 } = source;
  return { kind: 'lines', lines: lines.slice(Math.max(0, line - leftOut)), leftOut: Math.max(line, leftOut) };
}

/** A page of lines is the last one only if no lines come after it. */
export function afterPage(
  source: BackfillSource,
  page: BackfillSource,
  result: StartPageResult,
): StartPageResult {
  if (source.kind !== 'lines' || page.kind !== 'lines' || !result.isLast) return result;
  const end = (page.leftOut ?? 0) + page.lines.length;
  const isLast = end === (source.leftOut ?? 0) + source.lines.length;
  return { ...result, isLast, position: { line: end } };
}
