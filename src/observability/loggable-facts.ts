import { MidstateError } from '../core/failures.js';

/** Longest text a line carries: a key has up to 1,024 bytes. */
const MAX_TEXT_LENGTH = 2_000;

/** What no log line carries, whoever hands it in; a task token would let its reader complete an activity. */
const SECRET = /token|secret|password|credential|authorization|midstates?$|^body$/i;

/**
 * The facts that may be written: plain values under names that hold no secret. Structures are left out (a failure's
 * details hold midstates); of an error remain the message, the name of its cause, and, where it is none of ours, the
 * stack.
 */
export function loggableFacts(facts: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const loggable: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(facts)) {
    if (SECRET.test(name)) continue;
    if (value instanceof Error) Object.assign(loggable, factsOfError(name, value));
    else if (Array.isArray(value)) loggable[name] = value.flatMap(plainValue).slice(0, 20);
    else Object.assign(loggable, Object.fromEntries(plainValue(value).map((plain) => [name, plain])));
  }
  return loggable;
}

/** The value in a list, if it is plain; an empty list otherwise. */
function plainValue(value: unknown): (string | number | boolean)[] {
  if (typeof value === 'string') return [value.slice(0, MAX_TEXT_LENGTH)];
  if (typeof value === 'bigint') return [String(value)];
  return typeof value === 'number' || typeof value === 'boolean' ? [value] : [];
}

function factsOfError(name: string, error: Error): Record<string, string> {
  const message = error.message.slice(0, MAX_TEXT_LENGTH);
  const { type } = error as { type?: unknown };
  if (error instanceof MidstateError) return { [name]: message, cause: error.failure };
  if (typeof type === 'string') return { [name]: message, cause: type };
  return { [name]: message, cause: error.name, ...(error.stack === undefined ? {} : { stack: error.stack }) };
}
