import { readFileSync } from 'node:fs';

/** The package's version; compiled, this file lies two folders below the package's root. */
export function readVersion(): string {
  const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  return manifest.version;
}
