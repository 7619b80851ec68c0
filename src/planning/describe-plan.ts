import { formatBytes } from '../core/format-bytes.js';
import type { Plan } from './make-plan.js';

/** `1 h 05 min`, `3 min 20 s`, `12.5 s`. */
export function formatSeconds(seconds: number): string {
  if (seconds < 60) return `${String(Number(seconds.toPrecision(3)))} s`;
  const whole = Math.round(seconds);
  const [days, hours] = [Math.floor(whole / 86_400), Math.floor((whole % 86_400) / 3_600)];
  const [minutes, rest] = [Math.floor((whole % 3_600) / 60), whole % 60];
  if (days > 0) return `${String(days)} d ${String(hours)} h`;
  return hours > 0
    ? `${String(hours)} h ${String(minutes).padStart(2, '0')} min`
    : `${String(minutes)} min ${String(rest).padStart(2, '0')} s`;
}

export function formatCount(count: number): string {
  return Math.round(count).toLocaleString('en-US');
}

export function formatDollars(dollars: number): string {
  return dollars > 0 && dollars < 0.01 ? 'under $0.01' : `$${dollars.toFixed(2)}`;
}

/** The bottleneck in a few words: `number of workers (512 MB class)`. */
export function describeBottleneck({ bottleneck }: Plan): string {
  const { name, memoryMB, share } = bottleneck;
  const where = memoryMB === undefined ? '' : ` of the ${String(memoryMB)} MB class`;
  return `${name}${where}, ${String(Math.round(share * 100))} % of the time from arrival to digest`;
}

/** The figures of a plan, name and text. */
export function figuresOf(plan: Plan): [name: string, figure: string][] {
  const { toDigestSeconds: to, cost, counts } = plan;
  const unfinished = plan.objects - plan.total;
  return [
    ['consumers', plan.scaling.title],
    ...plan.classes.map((one): [string, string] => [
      `${String(one.memoryMB)} MB class`,
      `${formatCount(one.objects)} objects, ${formatBytes(one.bytes)} at ${String(Number(one.megabytesPerSecond.toPrecision(3)))} MB/s a worker, at most ${formatCount(one.mostWorkers)} workers`,
    ]),
    [
      'done',
      `${formatCount(plan.total)} objects, ${formatBytes(plan.bytes)}${unfinished === 0 ? '' : `; ${formatCount(unfinished)} are not`}`,
    ],
    ['last digest after', formatSeconds(plan.drainSeconds)],
    ['busiest minute', `${formatCount(mostOf(plan.perMinute))} objects`],
    ['largest backlog', `${formatCount(mostOf(plan.backlog))} objects`],
    ['oldest waiting', formatSeconds(mostOf(plan.oldestSeconds))],
    [
      'arrival to digest',
      `p50 ${formatSeconds(to.p50)}, p95 ${formatSeconds(to.p95)}, p99 ${formatSeconds(to.p99)}, longest ${formatSeconds(to.max)}`,
    ],
    ['bottleneck', describeBottleneck(plan)],
    [
      'cost',
      `${formatDollars(cost.total)}: compute ${formatDollars(cost.compute)} (${formatCount(counts.gbSeconds)} GB-seconds), ` +
        `S3 ${formatDollars(cost.s3Requests)} (${formatCount(counts.s3Gets)} GETs), SQS ${formatDollars(cost.sqs)}, ` +
        `Temporal ${formatDollars(cost.temporal)} (${formatCount(counts.temporalActions)} actions)`,
    ],
    [
      'cost a TB',
      `${cost.perTB === undefined ? '-' : formatDollars(cost.perTB)} (list prices of ${cost.pricesAsOf})`,
    ],
  ];
}

/** Heads and rows of the table that lays plans side by side. */
export function compareTable(plans: readonly Plan[]): { head: string[]; rows: string[][] } {
  return {
    head: [
      'plan',
      'most workers',
      'last digest',
      'p50',
      'p95',
      'p99',
      'largest backlog',
      'bottleneck',
      'cost',
      'a TB',
    ],
    rows: plans.map((plan) => [
      plan.name,
      formatCount(mostOf(plan.workers)),
      formatSeconds(plan.drainSeconds),
      formatSeconds(plan.toDigestSeconds.p50),
      formatSeconds(plan.toDigestSeconds.p95),
      formatSeconds(plan.toDigestSeconds.p99),
      formatCount(mostOf(plan.backlog)),
      plan.bottleneck.name,
      formatDollars(plan.cost.total),
      plan.cost.perTB === undefined ? '-' : formatDollars(plan.cost.perTB),
    ]),
  };
}

/** The largest of a list that may be too long to be spread. */
function mostOf(values: readonly number[]): number {
  return values.reduce((most, value) => Math.max(most, value), 0);
}
