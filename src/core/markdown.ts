import { printable } from './failures.js';

/**
 * Text as inline code in Markdown: nothing in it is taken for Markdown or HTML. Control characters, line breaks among
 * them, are escaped.
 */
export function codeOf(text: string): string {
  const shown = printable(text);
  const longestRun = Math.max(0, ...[...shown.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longestRun + 1);
  const needsRoom = /^[\s`]|[\s`]$/.test(shown) || shown === '';
  return needsRoom ? `${fence} ${shown} ${fence}` : `${fence}${shown}${fence}`;
}
