import { drawChart } from '../report/draw-chart.js';
import { escapeHtml, htmlFacts, htmlPage, htmlTable } from '../report/html-page.js';
import { bucketed } from './bucketed.js';
import { compareTable, figuresOf } from './describe-plan.js';
import type { Plan } from './make-plan.js';

const [WIDTH, HEIGHT] = [900, 280] as const;
const MOST_POINTS = 720;

/** Plans as one HTML page that works offline: a comparison, then each plan with its charts. */
export function planPage(plans: readonly Plan[]): string {
  const compared = compareTable(plans);
  return htmlPage('midstate plan', [
    ...(plans.length > 1 ? ['<h2>Side by side</h2>', htmlTable(compared.head, compared.rows)] : []),
    ...(plans.length > 1
      ? [
          figure(
            'objects done a minute',
            plans.map((plan) => ({ name: plan.name, values: plan.perMinute })),
          ),
        ]
      : []),
    ...plans.flatMap(partsOf),
    `<p class="note">Prices: list prices of ${escapeHtml(plans[0]?.cost.pricesAsOf ?? '')}, without free tiers. Workflow workers, the poller and a Temporal server of your own are not in the cost.</p>`,
  ]);
}

function partsOf(plan: Plan): string[] {
  const sources = [`Consumers: ${plan.scaling.source}.`, ...speedSources(plan)];
  return [
    `<h2>${escapeHtml(plan.name)}</h2>`,
    htmlFacts(figuresOf(plan)),
    figure('objects a minute', [
      { name: 'done', values: plan.perMinute },
      { name: 'arrived', values: plan.arrivedPerMinute },
    ]),
    figure('objects that wait', [{ name: 'backlog', values: plan.backlog }], 'at its end'),
    figure(
      'age of the oldest that waits, seconds',
      [{ name: 'oldest', values: plan.oldestSeconds }],
      'at its end',
    ),
    figure('workers', [{ name: 'workers', values: plan.workers }]),
    `<p class="note">${sources.map(escapeHtml).join(' ')}</p>`,
  ];
}

function speedSources({ classes }: Plan): string[] {
  return classes.map(
    ({ memoryMB, speedSource }) => `Speed of the ${String(memoryMB)} MB class: ${speedSource}.`,
  );
}

/** @param of what a minute's value says: how it went all through the minute, or how it was at its end */
function figure(
  title: string,
  lines: readonly { readonly name: string; readonly values: readonly number[] }[],
  of: 'the minute' | 'at its end' = 'the minute',
): string {
  const svg = drawChart(
    {
      title: { text: title, left: 12, top: 4, textStyle: { fontSize: 14 } },
      legend: lines.length > 1 ? { bottom: 0, itemGap: 40 } : { show: false },
      grid: { left: 80, right: 50, top: 44, bottom: lines.length > 1 ? 60 : 40 },
      xAxis: { type: 'value', name: 'min', min: 0, max: 'dataMax' },
      yAxis: { type: 'value' },
      series: lines.map(({ name, values }) => ({
        type: 'line',
        name,
        showSymbol: false,
        ...(of === 'the minute' ? { step: 'end' } : {}),
        data: of === 'the minute' ? stepsOf(values) : pointsOf(values),
      })),
    },
    { width: WIDTH, height: HEIGHT },
  );
  return `<figure>${svg}</figure>`;
}

/** Each value from its minute's start; the last to its end. */
function stepsOf(all: readonly number[]): [minute: number, value: number][] {
  const { minutesEach, values } = bucketed(all, MOST_POINTS, 'mean');
  const steps = values.map((value, index): [number, number] => [index * minutesEach, value]);
  return [...steps, [all.length, values.at(-1) ?? 0]];
}

function pointsOf(all: readonly number[]): [minute: number, value: number][] {
  const { minutesEach, values } = bucketed(all, MOST_POINTS, 'most');
  return values.map((value, index) => [Math.min((index + 1) * minutesEach, all.length), value]);
}
