import { drawChart } from '../report/draw-chart.js';
import { escapeHtml, htmlPage, htmlTable } from '../report/html-page.js';
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
    htmlTable(['', ''], figuresOf(plan)),
    figure('objects a minute', [
      { name: 'done', values: plan.perMinute },
      { name: 'arrived', values: plan.arrivedPerMinute },
    ]),
    figure('objects that wait, at each minute’s end', [{ name: 'backlog', values: plan.backlog }]),
    figure('age of the oldest that waits, seconds', [{ name: 'oldest', values: plan.oldestSeconds }]),
    figure('workers', [{ name: 'workers', values: plan.workers }]),
    `<p class="note">${sources.map(escapeHtml).join(' ')}</p>`,
  ];
}

function speedSources({ classes }: Plan): string[] {
  return classes.map(
    ({ memoryMB, speedSource }) => `Speed of the ${String(memoryMB)} MB class: ${speedSource}.`,
  );
}

function figure(
  title: string,
  lines: readonly { readonly name: string; readonly values: readonly number[] }[],
): string {
  const drawn = lines.map(({ name, values }) => ({ name, ...bucketed(values, MOST_POINTS, 'mean') }));
  const svg = drawChart(
    {
      title: { text: title, left: 12, top: 4, textStyle: { fontSize: 14 } },
      legend: lines.length > 1 ? { bottom: 0, itemGap: 40 } : { show: false },
      grid: { left: 80, right: 30, top: 44, bottom: lines.length > 1 ? 60 : 40 },
      xAxis: { type: 'value', name: 'min', min: 0, max: 'dataMax' },
      yAxis: { type: 'value' },
      series: drawn.map(({ name, minutesEach, values }) => ({
        type: 'line',
        name,
        showSymbol: false,
        step: 'start',
        data: values.map((value, index) => [(index + 1) * minutesEach, value]),
      })),
    },
    { width: WIDTH, height: HEIGHT },
  );
  return `<figure>${svg}</figure>`;
}
