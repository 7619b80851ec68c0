import { htmlPage, htmlTable } from '../report/html-page.js';
import type { Advice } from './advise.js';
import type { TuneResult } from './tune-result.js';
import { tuneTable } from './tune-table.js';

/** The result as one HTML page that works offline. */
export function tunePage(result: TuneResult, _: Advice): string {
  const { head, rows } = tuneTable(result);
  return htmlPage('midstate tune', [htmlTable(head, rows)]);
}
