import { printable } from '../core/failures.js';

/** Writes one line for people; control characters in it (a key may hold some) are escaped. */
export function printLine(text = ''): void {
  process.stdout.write(`${printable(text)}\n`);
}

/** Writes one JSON value on one line, for machines. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

/** Says on standard error, in one line, why hashing is slower than it could be. */
export function noteFallback(reason: string): void {
  process.stderr.write(`midstate: hashing with the portable implementation: ${printable(reason)}\n`);
}
