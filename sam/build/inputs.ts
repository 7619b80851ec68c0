import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** What an artefact is made from: a digest, or a value, by the name of the input. */
export type Inputs = Readonly<Record<string, string>>;

/** The digest of a file's bytes; `missing` where there is none, so that a file that went away is a change. */
export function digestOfFile(path: string): string {
  try {
    return digestOf(readFileSync(path));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'missing';
    throw error;
  }
}

/** SHA-256 in hex. */
export function digestOf(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Names named in full before the rest is counted. */
const MOST_NAMES = 3;

/** Says in a few words how inputs differ from those of the build before; undefined when they do not. */
export function explainChange(before: Inputs, now: Inputs): string | undefined {
  const names = [...new Set([...Object.keys(before), ...Object.keys(now)])].sort();
  const changes = names.flatMap((name) => {
    if (before[name] === now[name]) return [];
    if (before[name] === undefined || before[name] === 'missing') return [`${name} is new`];
    return [now[name] === undefined || now[name] === 'missing' ? `${name} is gone` : `${name} changed`];
  });
  if (changes.length === 0) return undefined;
  const rest = changes.length - MOST_NAMES;
  return `${changes.slice(0, MOST_NAMES).join(', ')}${rest > 0 ? `, and ${String(rest)} more` : ''}`;
}
