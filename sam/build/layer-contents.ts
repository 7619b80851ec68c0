import type { Architecture } from './build-targets.js';
import { ARCHITECTURES } from './build-targets.js';

const CORE_BRIDGE = 'node_modules/@temporalio/core-bridge';

/** Temporal's core in Rust: what a compiler needs. Its binaries are in `releases`. */
const CORE_SOURCES = /^(?:sdk-core|bridge-macros|scripts|ts|src|Cargo\.(?:lock|toml))(?:\/|$)/;

/** What only a compiler or a reader opens. Licences stay. */
const FOR_READERS = /\.(?:ts|mts|cts|map|md|markdown|flow)$/i;

/** Packages' tests and examples. */
const FOLDERS_FOR_READERS = /^(?:__tests__|test|tests|example|examples|benchmark|benchmarks)\//;

/**
 * Packages that nothing loads at run time: workflows are bundled already, so their compiler is not needed, nor are types.
 * @param name e.g. `@swc/core`
 */
export function isForBuildOnly(name: string): boolean {
  return /^(?:@swc\/|@types\/|@jridgewell\/|swc-loader$|source-map-loader$|terser$|terser-webpack-plugin$|caniuse-lite$|electron-to-chromium$)/.test(
    name,
  );
}

/**
 * Whether a file of a package belongs into the layer for `architecture`.
 *
 * @param place e.g. `node_modules/@temporalio/core-bridge`
 * @param path from there, e.g. `releases/x86_64-unknown-linux-gnu/index.node`
 */
export function belongsInLayer(place: string, path: string, architecture: Architecture): boolean {
  if (FOR_READERS.test(path) || FOLDERS_FOR_READERS.test(path)) return false;
  if (place !== CORE_BRIDGE) return true;
  if (CORE_SOURCES.test(path)) return false;
  return (
    !path.startsWith('releases/') || path.startsWith(`releases/${ARCHITECTURES[architecture].coreRelease}/`)
  );
}
