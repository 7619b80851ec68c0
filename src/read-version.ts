import { existsSync, readFileSync } from 'node:fs';

/** Where package.json lies, seen from a Lambda function's bundle, from src/, dist/src/ and dist/src/bundle/. */
const MANIFESTS = [
  './package.json',
  '../package.json',
  '../../package.json',
  '../../../package.json',
] as const;

/** The package's version. */
export function readVersion(): string {
  const file = MANIFESTS.map((path) => new URL(path, import.meta.url)).find((url) => existsSync(url));
  if (file === undefined) throw new Error('package.json is missing: run npm run setup');
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
