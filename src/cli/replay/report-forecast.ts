import { formatBytes } from '../../core/format-bytes.js';
import { forecastReplay } from '../../core/plan-replay.js';
import { formatS3Uri } from '../../core/s3-uri.js';
import type { Undone } from '../../temporal/look-for-undone.js';
import { printJson, printLine } from '../output.js';
import type { ReplayOptions } from '../replay-command.js';

/** Jobs that are listed one by one. */
const SHOWN = 20;

/** Says what a replay would start, and what it would read again. */
export function reportForecast(
  { jobs, isCut }: Undone,
  { from, limit = Infinity, json }: ReplayOptions,
): void {
  const meant = jobs.slice(0, limit).map((job) => ({ job, ...forecastReplay(job, from) }));
  const bytesToRead = meant.reduce((sum, forecast) => sum + (forecast.bytesToRead ?? 0), 0);
  const bytesSpared = meant.reduce((sum, { resumedAtByte }) => sum + resumedAtByte, 0);
  const ofUnknownSize = meant.filter((forecast) => forecast.bytesToRead === undefined).length;
  if (json === true) {
    printJson({
      wouldStart: meant.length,
      isCut,
      bytesToRead,
      bytesSpared,
      ofUnknownSize,
      jobs: meant.map(({ job, ...forecast }) => ({
        workflowId: job.workflowId,
        uri: formatS3Uri(job.object),
        cause: job.cause,
        ...forecast,
      })),
    });
    return;
  }
  const count = `${String(meant.length)} jobs${isCut ? ' or more' : ''}`;
  const told = [
    `would start ${count} and read ${formatBytes(bytesToRead)}`,
    ...(bytesSpared === 0 ? [] : [`${formatBytes(bytesSpared)} is hashed already`]),
    ...(ofUnknownSize === 0 ? [] : [`the size of ${String(ofUnknownSize)} is not known`]),
  ];
  printLine(told.join('; '));
  for (const { job, bytesToRead: bytes, resumedAtByte, reason } of meant.slice(0, SHOWN)) {
    const where = resumedAtByte === 0 ? 'from the start' : `from ${formatBytes(resumedAtByte)} on`;
    const size = bytes === undefined ? 'unknown size' : `${formatBytes(bytes)} to read`;
    printLine(
      `  ${job.cause}  ${formatS3Uri(job.object)}  ${where}, ${size}${reason === undefined ? '' : ` (${reason})`}`,
    );
  }
  if (meant.length > SHOWN) printLine(`  … and ${String(meant.length - SHOWN)} more`);
}
