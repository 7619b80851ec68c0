import type { InvocationReport } from './execution-environment.js';

/** The line that Lambda writes at the end of an invocation, and a word on how it ended. */
export function reportLine(memoryMB: number, report: InvocationReport): string {
  const { requestId, outcome, durationMs, peakBytes, initMs, initCpuSeconds } = report;
  const init =
    initMs === undefined
      ? ''
      : `  Init Duration: ${String(initMs)} ms (${initCpuSeconds === undefined ? '?' : initCpuSeconds.toFixed(2)} CPU-seconds)`;
  return (
    `REPORT RequestId: ${requestId}  Duration: ${String(durationMs)} ms  Memory Size: ${String(memoryMB)} MB  ` +
    `Max Memory Used: ${String(Math.round(peakBytes / 1e6))} MB${init}  ${outcome}`
  );
}
