import { printable } from '../core/failures.js';
import type { LogFormat } from '../core/log-formats.js';
import type { LogFacts } from '../core/log-facts.js';
import { loggableFacts } from './loggable-facts.js';

export type LogLevel = 'TRACE' | 'DEBUG' | 'INFO' | 'WARN' | 'ERROR';

/** A line before it is written. */
export interface LogEntry {
  readonly time: Date;
  readonly level: LogLevel;
  readonly message: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

/** Writes one line an entry: time, level, message, facts. Never a credential, a body or a midstate. */
export interface Logger {
  info(message: string, facts?: LogFacts): void;
  warn(message: string, facts?: LogFacts): void;
  error(message: string, facts?: LogFacts): void;
  /** An entry of somebody else, such as Temporal's SDK. */
  write(entry: LogEntry): void;
}

export interface LoggerOptions {
  readonly format: LogFormat;
  /** Facts that every line carries. */
  readonly facts?: LogFacts;
  /** Default: standard error. */
  readonly writeLine?: (line: string) => void;
}

/** A logger; control characters in what it writes are escaped, so that a key can never split a line or steer a terminal. */
export function createLogger({
  format,
  facts: common = {},
  writeLine = toStandardError,
}: LoggerOptions): Logger {
  const write = (entry: LogEntry) => {
    const facts = loggableFacts({ ...common, ...entry.facts });
    writeLine(printable(format === 'json' ? jsonLine(entry, facts) : textLine(entry, facts)));
  };
  const at =
    (level: LogLevel) =>
    (message: string, facts: LogFacts = {}) => {
      write({ time: new Date(), level, message, facts });
    };
  return { info: at('INFO'), warn: at('WARN'), error: at('ERROR'), write };
}

/** Time, level and message come first and keep their names, whatever a fact is called. */
function jsonLine({ time, level, message }: LogEntry, facts: Record<string, unknown>): string {
  const head = { time: time.toISOString(), level, message };
  return JSON.stringify({ ...head, ...facts, ...head });
}

/** For people: `18:33:27.123 INFO  range hashed  bucket=uploads key="a b"`. A stack is for machines. */
function textLine(
  { time, level, message }: LogEntry,
  { stack: _, ...facts }: Record<string, unknown>,
): string {
  const pairs = Object.entries(facts).map(([name, value]) => ` ${name}=${textOf(value)}`);
  return `${time.toISOString().slice(11, 23)} ${level.padEnd(5)} ${message} ${pairs.join('')}`.trimEnd();
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(textOf).join(',');
  const text = String(value);
  return text === '' || /[\s"=]/.test(text) ? JSON.stringify(text) : text;
}

function toStandardError(line: string): void {
  process.stderr.write(`${line}\n`);
}
