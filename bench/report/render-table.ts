import type { Summary } from '../statistics.js';

/** A table in Markdown; text and numbers as they are. */
export function renderTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}

/** `1.23 (1.20–1.31)`: the median, the least and the greatest; a dash where there is nothing. */
export function withSpread(summary: Summary | undefined, digits: number): string {
  if (summary === undefined) return '–';
  const [median, min, max] = [summary.median, summary.min, summary.max].map((value) => value.toFixed(digits));
  return `${median ?? ''} (${min ?? ''}–${max ?? ''})`;
}
