import type { InvocationReport } from '../execution-environment.js';
import type { VersionedFunction } from './versioned-function.js';

/** Lambda gives so much of the end of a log with an answer. */
const LOG_TAIL_BYTES = 4_096;

/** What the answer to an invocation has in it. */
export interface InvocationReply {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** Invokes a version, and answers as Lambda does: a handler that fails, or is killed, is an answer too. */
export async function invokeWithLog(
  found: VersionedFunction,
  qualifier: string,
  event: unknown,
  wantsLog: boolean,
): Promise<InvocationReply> {
  const { report, memoryMB, log } = await found.invoke(qualifier, event);
  const tail = Buffer.from(`${log.join('\n')}\n${lambdaReport(memoryMB, report)}\n`).subarray(
    -LOG_TAIL_BYTES,
  );
  return {
    headers: {
      'X-Amz-Executed-Version': qualifier,
      ...(wantsLog ? { 'X-Amz-Log-Result': tail.toString('base64') } : {}),
      ...(report.outcome === 'ok' ? {} : { 'X-Amz-Function-Error': 'Unhandled' }),
    },
    body: payloadOf(report),
  };
}

/** Lambda's own line: tabs between, MB of 1,048,576 bytes, whole milliseconds billed. */
export function lambdaReport(memoryMB: number, report: InvocationReport): string {
  const { requestId, durationMs, peakBytes, initMs } = report;
  const used = Math.min(memoryMB, Math.ceil(peakBytes / 2 ** 20));
  return [
    `REPORT RequestId: ${requestId}`,
    `Duration: ${durationMs.toFixed(2)} ms`,
    `Billed Duration: ${String(Math.ceil(durationMs + (initMs ?? 0)))} ms`,
    `Memory Size: ${String(memoryMB)} MB`,
    `Max Memory Used: ${String(used)} MB`,
    ...(initMs === undefined ? [] : [`Init Duration: ${initMs.toFixed(2)} ms`]),
    '',
  ].join('\t');
}

function payloadOf({ outcome, payload, requestId, durationMs }: InvocationReport): unknown {
  switch (outcome) {
    case 'ok':
    case 'error':
      return payload === undefined || payload === '' ? null : (JSON.parse(payload) as unknown);
    case 'timed-out':
      return {
        errorType: 'Sandbox.Timedout',
        errorMessage: `RequestId: ${requestId} Error: Task timed out after ${(durationMs / 1_000).toFixed(2)} seconds`,
      };
    case 'out-of-memory':
    case 'exited':
      return {
        errorType: 'Runtime.ExitError',
        errorMessage: `RequestId: ${requestId} Error: Runtime exited with error: signal: killed`,
      };
  }
}
