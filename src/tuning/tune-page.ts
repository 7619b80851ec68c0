import { formatBytes } from '../core/format-bytes.js';
import { PRICES } from '../core/prices.js';
import { escapeHtml, htmlPage, htmlTable } from '../report/html-page.js';
import { dollarsPerTB, type Advice } from './advise.js';
import { drawDimension, drawHeatMap, drawMemory, drawSpeeds } from './tune-charts.js';
import type { CellResult, TuneResult } from './tune-result.js';
import { describeConfinement } from './describe-confinement.js';
import { figure, megabytes, tuneTable } from './tune-table.js';

/** The report as one HTML page that works offline: the seed's table beside the seed's own, charts, cost, advice. */
export function tunePage(result: TuneResult, advice: Advice): string {
  const { head, rows } = tuneTable(result);
  const { matrix } = result;
  return htmlPage('midstate tune', [
    paragraph(conditionsOf(result)),
    '<h2>The sweet spot</h2>',
    paragraph(advice.reason),
    ...(advice.whatWouldChangeIt.length === 0
      ? []
      : [
          '<p>What would change it:</p>',
          `<ul>${advice.whatWouldChangeIt.map((line) => `<li>${withCode(line)}</li>`).join('')}</ul>`,
        ]),
    '<h2>Speed</h2>',
    figureOf(drawHeatMap(result)),
    figureOf(drawSpeeds(result)),
    ...(matrix.objectsAtOnce.length > 1
      ? [figureOf(drawDimension(result, 'objectsAtOnce', 'MB/s of all together, by objects hashed at once'))]
      : []),
    ...(matrix.connections.length > 1
      ? [figureOf(drawDimension(result, 'connections', 'MB/s by GETs of one object at once'))]
      : []),
    '<h2>Memory and cost by class</h2>',
    figureOf(drawMemory(result)),
    classTableOf(result, advice),
    paragraph(
      `Compute of a TB as on AWS Lambda, list prices of ${PRICES.asOf}. Requests and Temporal’s actions come to it, whatever the class: midstate plan has them.`,
      true,
    ),
    '<h2>The table</h2>',
    paragraph(
      'In the layout of the seed’s table: the seed was measured by hand on AWS Lambda in 2021 with a Python function, this here as the conditions above say. Memory used is the control group’s peak, page cache included; on Lambda what it reports.',
      true,
    ),
    htmlTable(head, rows),
    paragraph(
      'MB/s: the median of the runs, from the submission of a job to its result; in brackets how sure the interval is. The first object of each worker is not counted; of four runs and more those beyond Tukey’s fences (1.5 times the middle half’s width) are dropped.',
      true,
    ),
  ]);
}

/** Escaped, with what stands in backticks as code. */
function withCode(text: string): string {
  return escapeHtml(text).replaceAll(/`([^`]+)`/g, '<code>$1</code>');
}

function conditionsOf({ machine, conditions, startedAt, matrix }: TuneResult): string {
  const { store, network } = conditions;
  const held = describeConfinement(conditions);
  const shape = [
    ...(network.megabytesPerSecond === undefined
      ? []
      : [`${figure(network.megabytesPerSecond)} MB/s a connection`]),
    ...(network.latencyMs === undefined ? [] : [`${figure(network.latencyMs)} ms of latency`]),
  ];
  return (
    `${startedAt.slice(0, 10)}, midstate ${machine.midstate}, Node ${machine.node}, ${machine.cpu}, ${String(machine.cores)} cores, ` +
    `${String(machine.memoryGB)} GB, ${machine.system}; ${held}; ${store}${shape.length === 0 ? '' : `, ${shape.join(', ')}`}; ` +
    `${String(matrix.runs)} runs of each cell in random order.`
  );
}

/** For each class its best setting, its peak of all cells, and what a TB costs. */
function classTableOf(result: TuneResult, { classes }: Advice): string {
  const peakOf = (memoryMB: number, runner: CellResult['runner']) => {
    const peaks = result.cells
      .filter((cell) => cell.memoryMB === memoryMB && cell.runner === runner)
      .flatMap(({ peakBytes }) => (peakBytes === undefined ? [] : [peakBytes]));
    return peaks.length === 0 ? undefined : Math.max(...peaks);
  };
  return htmlTable(
    ['class', 'best chunk', 'connections', 'MB/s', 'at least', 'largest memory used', 'compute a TB'],
    classes.map((one) => [
      `${String(one.memoryMB)} MB`,
      formatBytes(one.chunkSizeBytes),
      String(one.connections),
      figure(one.megabytesPerSecond),
      figure(one.leastMegabytesPerSecond),
      megabytes(peakOf(one.memoryMB, 'native')),
      `$${dollarsPerTB(one.memoryMB, one.megabytesPerSecond).toFixed(3)}`,
    ]),
  );
}

function paragraph(text: string, isNote = false): string {
  return `<p${isNote ? ' class="note"' : ''}>${escapeHtml(text)}</p>`;
}

function figureOf(svg: string): string {
  return `<figure>${svg}</figure>`;
}
