import { readFileSync } from 'node:fs';

let sampledPeakBytes = 0;

/**
 * Peak resident memory of this process in bytes. On Linux the kernel's high-water mark of this program; elsewhere the
 * largest of the samples taken here. (`resourceUsage().maxRSS` is of no use: it counts the parent's memory that the
 * process held for a moment between fork and exec.)
 */
export function peakRssBytes(): number {
  const kilobytes = highWaterKilobytes();
  if (kilobytes !== undefined) return kilobytes * 1024;
  sampledPeakBytes = Math.max(sampledPeakBytes, process.memoryUsage.rss());
  return sampledPeakBytes;
}

function highWaterKilobytes(): number | undefined {
  if (process.platform !== 'linux') return undefined;
  const kilobytes = /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'latin1'))?.[1];
  return kilobytes === undefined ? undefined : Number(kilobytes);
}
