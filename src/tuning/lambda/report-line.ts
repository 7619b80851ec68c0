/** What Lambda says of an invocation at its end. */
export interface InvocationFigures {
  readonly billedSeconds: number;
  /** Of its execution environment, in bytes; Lambda's megabytes are 1024 x 1024 bytes. */
  readonly maxMemoryBytes: number;
}

const MEBIBYTE = 2 ** 20;

/**
 * The REPORT line of a log, as text or as JSON, whichever the function's log format makes; undefined where the log has
 * none (a log level above INFO leaves it out).
 * Source: AWS Lambda's developer guide, "Viewing CloudWatch logs", and "Lambda Telemetry API Event schema".
 */
export function parseReport(log: string): InvocationFigures | undefined {
  const line = log
    .split('\n')
    .reverse()
    .find((one) => one.startsWith('REPORT ') || one.includes('"platform.report"'));
  if (line === undefined) return undefined;
  return line.startsWith('REPORT ') ? parseText(line) : parseJson(line);
}

function parseText(line: string): InvocationFigures | undefined {
  const numberOf = (pattern: RegExp) => {
    const found = pattern.exec(line)?.[1];
    return found === undefined ? undefined : Number(found);
  };
  return figuresOf({
    billedDurationMs: numberOf(/Billed Duration: ([\d.]+) ms/) ?? numberOf(/\bDuration: ([\d.]+) ms/),
    maxMemoryUsedMB: numberOf(/Max Memory Used: ([\d.]+) MB/),
  });
}

interface Metrics {
  readonly billedDurationMs?: number | undefined;
  readonly maxMemoryUsedMB?: number | undefined;
}

function parseJson(line: string): InvocationFigures | undefined {
  try {
    const { record } = JSON.parse(line) as { record?: { metrics?: Metrics } };
    return figuresOf(record?.metrics ?? {});
  } catch {
    return undefined; // the tail begins in the middle of it
  }
}

function figuresOf({ billedDurationMs, maxMemoryUsedMB }: Metrics): InvocationFigures | undefined {
  if (billedDurationMs === undefined || maxMemoryUsedMB === undefined) return undefined;
  return { billedSeconds: billedDurationMs / 1_000, maxMemoryBytes: maxMemoryUsedMB * MEBIBYTE };
}
