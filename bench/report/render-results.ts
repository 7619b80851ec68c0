import { formatBytes } from '../../src/core/format-bytes.js';
import type { BenchResults } from '../results.js';
import { judge, type Verdict } from '../targets.js';
import { renderAlgorithms, renderComparison } from './render-comparison.js';
import { renderClasses, renderMemory, renderOneReads, renderPipeline } from './render-sections.js';
import { renderTable } from './render-table.js';

/** File name of the plot beside the results. */
export const PLOT_FILE = 'cpu-seconds-per-gb.svg';

/** The whole of RESULTS.md. */
export function renderResults(results: BenchResults): string {
  const { objectBytes, algorithmObjectBytes } = results.plan;
  const sha1 = results.comparisons.filter(({ sizeBytes }) => sizeBytes === objectBytes);
  const every = results.comparisons.filter(({ sizeBytes }) => sizeBytes === algorithmObjectBytes);
  const parts = [
    '# Benchmark results',
    '<!-- Written by `npm run bench`; do not edit. -->',
    renderCircumstances(results),
    `## Targets\n\n${renderTargets(judge(results))}`,
    ...(sha1.length === 0
      ? []
      : ['## One algorithm, all contenders', plotOf(sha1), ...sha1.map(renderComparison)]),
    ...(results.oneReads.length === 0
      ? []
      : [`## Several algorithms in one read\n\n${renderOneReads(results.oneReads)}`]),
    ...(results.memory.length === 0
      ? []
      : [`## Peak memory of the engine\n\n${renderMemory(results.memory)}`]),
    ...(results.classes.length === 0
      ? []
      : [`## Inside the memory classes\n\n${renderClasses(results.classes)}`]),
    ...(results.pipeline === undefined ? [] : [`## Through Temporal\n\n${renderPipeline(results.pipeline)}`]),
    ...(every.length === 0
      ? []
      : [`## Every algorithm, ${formatBytes(algorithmObjectBytes)}\n\n${renderAlgorithms(every)}`]),
    renderMethod(results),
  ];
  return `${parts.join('\n\n')}\n`;
}

function plotOf(sha1: BenchResults['comparisons']): string {
  const protocols = sha1.map(({ protocol }) => protocol.toUpperCase()).join(' and ');
  return `![CPU-seconds a GB of every contender over ${protocols}](${PLOT_FILE})`;
}

function renderCircumstances({ startedAt, seconds, plan, machine, skipped }: BenchResults): string {
  const versions = Object.entries(machine.versions).map(([name, version]) => `- ${name}: ${version}`);
  const left = skipped.map(({ title, reason }) => `- ${title}: ${reason}`);
  const notes = [
    ...(plan.isQuick ? ['**A quick run: a look, not a result.**'] : []),
    ...(machine.busyCpusBefore > 0.2
      ? [
          `**The machine was busy with other work** (${machine.busyCpusBefore.toFixed(1)} CPUs in use before the first run): CPU-seconds read too high, MB/s too low; ratios of the same rounds suffer least.`,
        ]
      : []),
  ];
  return [
    `${startedAt.slice(0, 10)}, ${machine.cpu}, ${String(machine.cores)} cores, ${String(machine.memoryGB)} GiB, ${machine.system}. The run took ${String(Math.round(seconds / 60))} minutes; the S3 server and the contenders shared the machine.`,
    ...notes,
    versions.join('\n'),
    ...(left.length === 0 ? [] : [`Left out:\n\n${left.join('\n')}`]),
  ].join('\n\n');
}

/** The verdicts as a table; also what the terminal shows at the end. */
export function renderTargets(verdicts: readonly Verdict[]): string {
  const words = new Map<boolean | undefined, string>([
    [true, 'yes'],
    [false, '**no**'],
    [undefined, 'lost in noise'],
  ]);
  return renderTable(
    ['what', 'measured on', 'at most', 'measured', 'reached'],
    verdicts.map(({ title, basis, limit, unit, value, isReached }) => {
      const figure = (number: number) => (unit === 'MB' ? `${number.toFixed(0)} MB` : number.toFixed(2));
      if (value === undefined) return [title, basis, figure(limit), '–', 'not measured'];
      return [title, basis, figure(limit), figure(value), words.get(isReached) ?? ''];
    }),
  );
}

function renderMethod({ plan, accounting, accountedBy }: BenchResults): string {
  return `## How it was measured

- One S3 server, versitygw on loopback, plain and with TLS in front of it, in records of 16 kB (its own TLS writes records of 4 kB); objects of pseudo-random bytes, in the page cache after the first round. Contenders that let their caller choose read in GETs of 20 MB; \`aws s3 cp\` and rclone read as they do.
- Contenders take turns (A B C A B C …), ${String(plan.rounds)} counted rounds, and the first time one more that is not (${String(plan.slowRounds)} inside the memory classes); every run's digest is compared with one computed by other implementations while the object was made, and a wrong one fails the bench.
- A figure is the median, with the least and the greatest in brackets. A ratio is taken round by round, then its median.
- CPU-seconds are user and system time of the process and all of its descendants, by ${accountedBy}. The server's are not in it.
- "Start-up" is the same command on an object of one byte; "without start-up" is the difference, round by round.
- The floor is curl to nowhere (signed GETs of 20 MB on one connection) and the hash alone on the same bytes from warm memory, by the cheaper of node:crypto and the native engine; the hash has no start-up in it.
- Peak RSS is of the largest process of a contender, and reads no lower than 10 MB. A memory class is a control group with that memory (MiB) and MB/1769 CPUs; its count includes page cache and kernel memory first touched inside it. MB are 10⁶ bytes.
- Before the first run the account was checked with commands of known CPU time:

${renderTable(
  ['what ran', 'CPU-seconds by its own clock', 'counted'],
  accounting.map(({ title, knownCpuSeconds, countedCpuSeconds }) => [
    title,
    knownCpuSeconds.toFixed(3),
    countedCpuSeconds.toFixed(3),
  ]),
)}

The figures of every round's summary are in [results.json](results.json). Objects: ${formatBytes(plan.objectBytes)} unless a table says otherwise.`;
}
