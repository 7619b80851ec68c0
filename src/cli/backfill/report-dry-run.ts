import type { Estimate } from '../../backfill/estimate.js';
import { describeCounts } from '../../core/backfill-details.js';
import { describeSource } from '../../core/backfill-id.js';
import type { BackfillInput, StartPageResult } from '../../core/backfill.js';
import { formatBytes } from '../../core/format-bytes.js';
import { printJson, printLine } from '../output.js';

type Found = StartPageResult & { readonly estimate: Estimate };

/** Prints what would be started, and what that takes. */
export function reportDryRun(input: BackfillInput, found: Found, json = false): void {
  const of = describeSource(input.source);
  const { counts, samples, isLast, estimate } = found;
  if (json) {
    printJson({ name: input.name, of, isTruncated: !isLast, counts, samples, estimate });
    return;
  }
  printLine(`${input.name} of ${of}: nothing was started`);
  const wouldBe = describeCounts(counts).replace(/ started\b/, ' would be started');
  const more = isLast ? '' : '; there are more: --limit looks at more, what follows is of these only';
  for (const line of [`${wouldBe}${more}`, ...describeEstimate(estimate)]) printLine(`  ${line}`);
  for (const uri of samples.started) printLine(`  would start  ${uri}`);
  if (counts.started > samples.started.length) {
    printLine(`  … and ${String(counts.started - samples.started.length)} more`);
  }
  for (const reason of samples.failed) printLine(`  failed  ${reason}`);
}

function describeEstimate({
  bytes,
  unknownSizes,
  s3,
  temporalActions,
  classes,
  cost,
  pricesAsOf,
}: Estimate): string[] {
  const unknown =
    unknownSizes === 0 ? '' : `, without the bytes of ${String(unknownSizes)} objects whose size is not told`;
  return [
    `${formatBytes(bytes)} to read${unknown}`,
    `${count(s3.gets)} GET and HEAD, ${count(s3.lists)} LIST, ${count(s3.puts)} PUT requests · ${count(temporalActions)} Temporal actions`,
    ...Object.entries(classes).map(
      ([memoryMB, { objects, bytes: classBytes, workerHours }]) =>
        `${memoryMB} MB class: ${count(objects)} objects, ${formatBytes(classBytes)}, ${hours(workerHours)} worker-hours`,
    ),
    `about ${dollars(cost.total)}: S3 requests ${dollars(cost.s3Requests)}, workers as on Lambda ${dollars(cost.workers)}, ` +
      `Temporal Cloud ${dollars(cost.temporalActions)} (list prices of ${pricesAsOf})`,
  ];
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}

function hours(value: number): string {
  return value < 0.1 ? value.toPrecision(1) : value.toFixed(1);
}

function dollars(value: number): string {
  return value < 0.01 ? 'under $0.01' : `$${value.toFixed(2)}`;
}
