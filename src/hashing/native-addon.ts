import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { WordAlgorithm } from './word-hash.js';

/** A hash of the addon; its memory is freed with it. */
export interface NativeHash {
  readonly native: unique symbol;
}

/**
 * What native/addon.c exports. Wrong arguments are TypeErrors; a call after `digest`, and `state` off a block
 * boundary, are Errors.
 */
export interface NativeAddon {
  /** @param crc a name of `crcImplementations`, for tests; default: the fastest */
  readonly create: (algorithm: WordAlgorithm, crc?: string) => NativeHash;
  /** @param state canonical state after `bytesHashed` bytes, a multiple of the algorithm's block */
  readonly restore: (
    algorithm: WordAlgorithm,
    state: Uint8Array,
    bytesHashed: number,
    crc?: string,
  ) => NativeHash;
  /** Hashes `bytes` before it returns, and keeps nothing of them. */
  readonly update: (hash: NativeHash, bytes: Uint8Array) => void;
  /**
   * As `update` for each of `hashes` (at most 16, each once), on up to `threads` threads (8 at most) of which this one
   * is one. Hashes are taken in the order given: the dearest should come first.
   */
  readonly updateAll: (hashes: readonly NativeHash[], bytes: Uint8Array, threads: number) => void;
  /** The canonical state. */
  readonly state: (hash: NativeHash) => Buffer;
  /** The digest's bytes; ends the hash. */
  readonly digest: (hash: NativeHash) => Buffer;
  /** CRC implementations that this processor supports, the fastest first: vpclmul, pclmul, pmull, table. */
  readonly crcImplementations: readonly string[];
}

/** The addon, or why there is none. */
export type LoadedAddon =
  | { readonly addon: NativeAddon; readonly path: string }
  | { readonly addon: undefined; readonly reason: string };

const NAME = `midstate-${process.platform}-${process.arch}-napi8.node`;
const NOT_BUILT = 'not-built.txt';

/** Where scripts/build-native.mjs puts it, seen from dist/src/hashing and from src/hashing. */
const FOLDERS = ['../../native/', '../../dist/native/'] as const;

/** The package that sam/build puts it into. */
const PACKAGE = 'midstate-native';

/** Loads what `npm run build` made for this platform; never throws. */
export function loadNativeAddon(): LoadedAddon {
  const path = find(NAME);
  if (path === undefined) return { addon: undefined, reason: whyNotBuilt() };
  try {
    return { addon: createRequire(import.meta.url)(path) as NativeAddon, path };
  } catch (error) {
    const message = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    return { addon: undefined, reason: `it cannot be loaded: ${message}` };
  }
}

function whyNotBuilt(): string {
  const note = find(NOT_BUILT);
  return `not built: ${note === undefined ? `no ${NAME}; run npm run build` : readFileSync(note, 'utf8').trim()}`;
}

function find(name: string): string | undefined {
  const path = FOLDERS.map((folder) => fileURLToPath(new URL(folder + name, import.meta.url))).find(
    existsSync,
  );
  return path ?? findInPackage(name);
}

/** Where a Lambda layer has it: among the packages that `require` finds. */
function findInPackage(name: string): string | undefined {
  try {
    return createRequire(import.meta.url).resolve(`${PACKAGE}/${name}`);
  } catch {
    return undefined;
  }
}
