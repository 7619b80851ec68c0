import { writeFile } from 'node:fs/promises';
import Table from 'cli-table3';
import type { Advice } from '../../tuning/advise.js';
import { TOLERANCE, type Comparison } from '../../tuning/compare-results.js';
import { tuneCsv } from '../../tuning/tune-csv.js';
import { describeConfinement } from '../../tuning/describe-confinement.js';
import type { TuneResult } from '../../tuning/tune-result.js';
import { figure, tuneTable } from '../../tuning/tune-table.js';
import { printJson, printLine } from '../output.js';
import type { TuneOptions } from './tune-options.js';

/** Prints the result, and writes it as asked. */
export async function reportTune(
  result: TuneResult,
  advice: Advice,
  { json, csv, html }: Pick<TuneOptions, 'json' | 'csv' | 'html'>,
): Promise<void> {
  if (json === true) printJson({ ...result, advice });
  else printResult(result, advice);
  if (csv !== undefined) await writeFile(csv, tuneCsv(result));
  if (html !== undefined) {
    const { tunePage } = await import('../../tuning/tune-page.js');
    await writeFile(html, tunePage(result, advice));
  }
  if (json === true) return;
  for (const file of [csv, html]) if (file !== undefined) printLine(`written  ${file}`);
}

function printResult(result: TuneResult, { classes, reason, whatWouldChangeIt }: Advice): void {
  const { head, rows } = tuneTable(result);
  const table = new Table({ head, style: { head: [], border: [] } });
  table.push(...rows);
  for (const line of table.toString().split('\n')) printLine(line);
  printLine(
    'MB/s: median; its interval and how sure it is; of 4 runs and more, those beyond Tukey’s fences are dropped.',
  );
  printLine(`${describeConfinement(result.conditions)}.`);
  for (const one of classes) {
    printLine(
      `${String(one.memoryMB)} MB: ${figure(one.megabytesPerSecond)} MB/s, $${one.dollarsPerTB.toFixed(3)} of compute a TB (as on Lambda)`,
    );
  }
  printLine(`sweet spot: ${reason}`);
  for (const change of whatWouldChangeIt) printLine(`  would change it: ${change}`);
}

/** Says what has become slower than the saved run. */
export function printComparison({ compared, regressions }: Comparison): void {
  const write = (line: string) => process.stderr.write(`midstate: ${line}\n`);
  for (const { cell, savedMBPerSecond, nowMBPerSecond } of regressions) {
    const now = nowMBPerSecond === undefined ? 'fails now' : `${figure(nowMBPerSecond)} now`;
    write(`slower: ${cell}: ${figure(savedMBPerSecond)} MB/s saved, ${now}`);
  }
  const rule = `more than ${String(TOLERANCE * 100)} % slower, and the intervals do not meet`;
  write(
    regressions.length === 0
      ? `no cell of ${String(compared)} compared is slower (${rule})`
      : `${String(regressions.length)} of ${String(compared)} cells compared are slower (${rule})`,
  );
}
