import { SETTINGS } from '../config.js';

/** The settings as a Markdown table, as it stands in the README. */
export function settingsTable(): string {
  const rows = Object.values(SETTINGS).map(({ variable, fallback, meaning }) => [
    `\`${variable}\``,
    fallback === '' ? 'none' : `\`${fallback}\``,
    meaning,
  ]);
  const table = [['variable', 'default', 'meaning'], ...rows];
  const widths = [0, 1, 2].map((column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  const lineOf = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  const [head = [], ...body] = table;
  return [lineOf(head), rule, ...body.map(lineOf), ''].join('\n');
}
