import { writeFile } from 'node:fs/promises';
import Table from 'cli-table3';
import { plot } from 'simple-ascii-chart';
import { bucketed } from '../../planning/bucketed.js';
import {
  compareTable,
  figuresOf,
  formatCount,
  formatDollars,
  formatSeconds,
} from '../../planning/describe-plan.js';
import type { Plan } from '../../planning/make-plan.js';
import type { SeedPlan } from '../../planning/seed-preset.js';
import { cheapestOf, smallestOf, type TargetAnswer } from '../../planning/solve-target.js';
import { printJson, printLine } from '../output.js';
import type { PlanOptions } from './plan-options.js';

const [CHART_WIDTH, CHART_HEIGHT] = [64, 8] as const;

/** Prints plans as asked, and writes the page if asked. */
export async function reportPlans(
  plans: readonly Plan[],
  { json, html }: Pick<PlanOptions, 'json' | 'html'>,
): Promise<void> {
  if (json === true) {
    const [first] = plans;
    printJson(plans.length === 1 ? first : { plans });
  } else {
    for (const plan of plans) printPlan(plan);
    if (plans.length > 1) printTable(compareTable(plans));
  }
  if (html === undefined) return;
  await writePage(html, plans);
  if (json !== true) printLine(`written  ${html}`);
}

/** Writes plans as a page. The charts are loaded only for that. */
export async function writePage(file: string, plans: readonly Plan[]): Promise<void> {
  const { planPage } = await import('../../planning/plan-page.js');
  await writeFile(file, planPage(plans));
}

/** What the seed's plan says in words, after its figures. */
export function printSeed({ perMinute, total, seedSays, anHour }: SeedPlan): void {
  printLine(`the seed: ${perMinute.join(' + ')} = ${String(total)} objects of 1 GB in three minutes`);
  printLine(
    `  (its text says ${seedSays.perMinute.join(' + ')}; its total of ${String(seedSays.total)} is right)`,
  );
  for (const { memoryMB, secondsAnObject, objects } of anHour) {
    printLine(
      `one worker of ${String(memoryMB)} MB at ${String(secondsAnObject)} s for 100 MB: ${formatCount(objects)} objects an hour`,
    );
  }
}

/** The smallest fleets of each class, and the smallest of all. */
export function reportTarget(answers: readonly TargetAnswer[], json = false): void {
  const [smallest, cheapest] = [smallestOf(answers), cheapestOf(answers)];
  if (json) {
    printJson({
      smallest:
        smallest === undefined ? undefined : { memoryMB: smallest.memoryMB, workers: smallest.workers },
      cheapest:
        cheapest === undefined ? undefined : { memoryMB: cheapest.memoryMB, workers: cheapest.workers },
      answers,
    });
    return;
  }
  printTable({
    head: ['class', 'workers', 'memory', 'last digest', 'cost', 'a TB'],
    rows: answers.map((answer) => {
      const name = `${String(answer.memoryMB)} MB`;
      if ('reason' in answer) return [name, 'none', answer.reason, '', '', ''];
      const { workers, plan } = answer;
      return [
        name,
        formatCount(workers),
        `${formatCount(workers * answer.memoryMB)} MB`,
        formatSeconds(plan.drainSeconds),
        formatDollars(plan.cost.total),
        plan.cost.perTB === undefined ? '-' : formatDollars(plan.cost.perTB),
      ];
    }),
  });
  if (smallest === undefined) {
    printLine('no fleet reaches it');
    return;
  }
  printLine(`smallest: ${fleetOf(smallest)} (least memory in all)`);
  if (cheapest === undefined) return;
  printLine(`cheapest: ${fleetOf(cheapest)}, ${formatDollars(cheapest.plan.cost.total)}`);
}

function fleetOf({ workers, memoryMB }: { readonly workers: number; readonly memoryMB: number }): string {
  return `${formatCount(workers)} workers of the ${String(memoryMB)} MB class`;
}

function printPlan(plan: Plan): void {
  printLine(`plan: ${plan.name}`);
  for (const [name, figure] of figuresOf(plan)) printLine(`  ${name.padEnd(18)} ${figure}`);
  printChart('objects done a minute', plan.perMinute, 'mean');
  printChart('objects that wait, at each minute’s end', plan.backlog, 'most');
}

function printChart(title: string, values: readonly number[], join: 'mean' | 'most'): void {
  const { minutesEach, values: buckets } = bucketed(values, CHART_WIDTH, join);
  if (buckets.length < 2 || buckets.every((value) => value === 0)) return;
  const text = plot(
    buckets.map((value, index) => [(index + 1) * minutesEach, value]),
    {
      width: CHART_WIDTH,
      height: CHART_HEIGHT,
      customXAxisTicks: ticksOf(buckets.length, minutesEach),
      formatter: (value) => (value >= 1e6 ? `${(value / 1e6).toFixed(1)}M` : Math.round(value)),
    },
  );
  printLine();
  printLine(`${title} (minutes)`);
  for (const line of text.split('\n')) if (line.trim() !== '') printLine(line.trimEnd());
}

/** So many that their numbers do not touch. */
const TICKS = 6;

function ticksOf(count: number, minutesEach: number): number[] {
  const step = Math.max(1, Math.ceil(count / TICKS));
  const ticks: number[] = [];
  for (let bucket = 1; bucket <= count; bucket += step) ticks.push(bucket * minutesEach);
  return ticks;
}

function printTable({ head, rows }: { readonly head: string[]; readonly rows: string[][] }): void {
  const table = new Table({ head, style: { head: [], border: [] } });
  table.push(...rows);
  for (const line of table.toString().split('\n')) printLine(line);
}
