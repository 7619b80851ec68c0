import type { Algorithm } from '../../core/algorithms.js';
import { tryParseDigest } from '../../core/parse-digest.js';

/** Digests by key. */
export type Manifest = ReadonlyMap<string, string>;

/** What a manifest is known by in a policy: the same file may be named for two algorithms. */
export function manifestId(algorithm: Algorithm, file: string): string {
  return `${algorithm}:${file}`;
}

/**
 * Parses what `sha256sum` and its kin write: `<hex>  <key>`, `*` before the key in binary mode, a leading backslash where
 * the key is escaped. Empty lines and lines that begin with `#` are left out.
 *
 * @returns the digests by key, and each line that is none of this as a fault
 */
export function parseManifest(text: string, algorithm: Algorithm): { digests: Manifest; faults: string[] } {
  const digests = new Map<string, string>();
  const faults: string[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line === '' || line.startsWith('#')) continue;
    const [, escaped, hex = '', key = ''] = /^(\\?)(\S+) [ *](.+)$/s.exec(line) ?? [];
    const digest = tryParseDigest(algorithm, hex);
    if (digest === undefined || key === '') {
      faults.push(`line ${String(index + 1)}: expected a digest of ${algorithm}, two spaces, and a key`);
    } else digests.set(escaped === '\\' ? unescape(key) : key, digest);
  }
  return { digests, faults };
}

function unescape(name: string): string {
  return name.replace(/\\([\\nr])/g, (_, c: string) => ({ '\\': '\\', n: '\n', r: '\r' })[c] ?? c);
}
