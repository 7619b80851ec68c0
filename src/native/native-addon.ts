import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { NativeHashing } from '../core/ports.js';
import type { WordAlgorithm } from '../hashing/word-hash.js';

/** A hash of the addon; its memory is freed with it. */
export interface NativeHash {
  readonly native: unique symbol;
}

/** A connection of the addon, with a thread of its own; it is closed when nobody has the handle any more. */
export interface NativeConnectionHandle {
  readonly connection: unique symbol;
}

/** Certificates that TLS connections trust. */
export interface NativeTrust {
  readonly trust: unique symbol;
}

export interface NativeTarget {
  /** Of IP; the first eight are tried. */
  readonly addresses: readonly string[];
  readonly port: number;
  /** Present for TLS. */
  readonly trust?: NativeTrust | undefined;
  /** Name or address that the certificate must be for. */
  readonly host?: string | undefined;
  /** TLS session to resume: one that `request` gave. */
  readonly session?: Uint8Array | undefined;
}

/** Hashes that take a body; the alignment is 1,024 bytes at most. */
export interface NativeIntake extends Omit<NativeHashing, 'advance'> {
  readonly hashes: readonly NativeHash[];
}

/** How much of a body is taken at once. */
export interface NativeBounds {
  /** Bytes; no more than are missing. */
  readonly limit: number;
  /** Bytes of the body that are still to come. */
  readonly missing: number;
  readonly patienceMs: number;
}

/** How an operation on a connection ended: `enum outcome` of native/exchange.h. */
export const OUTCOME = {
  done: 0,
  /** Its patience was over first; what was taken until then counts. */
  late: 1,
  /** The server closed the connection. */
  ended: 2,
  /** `fault` says why. */
  failed: 3,
  /** The connection was closed by this process. */
  stopped: 4,
  /** It had been closed, or spoken on, while it was idle: nothing was sent. */
  stale: 5,
  /** No TLS connection came about: because of the certificate, as a rule. */
  untrusted: 6,
  /** More bytes than any head has. */
  noHead: 7,
  /** The body was whole, and bytes followed it. */
  surplus: 8,
} as const;

export interface NativeResult {
  readonly outcome: (typeof OUTCOME)[keyof typeof OUTCOME];
  /** The system's error number where `outcome` is `failed`; 0 where it has none. */
  readonly fault: number;
}

/** Of a body. */
export interface NativeTaking extends NativeResult {
  /** Bytes of the body that were taken, whatever the outcome. */
  readonly taken: number;
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
  /** CRC implementations that this processor supports, the fastest first: vpclmul, vpclmul256, pclmul, pmull, table. */
  readonly crcImplementations: readonly string[];
  /** @param certificates in PEM, any number in each text; @throws TypeError when none can be read */
  readonly createTrust: (certificates: readonly string[]) => NativeTrust;
  /** A connection that is yet to be connected. All that follows can be done once at a time on a connection. */
  readonly openConnection: () => NativeConnectionHandle;
  /** Connects to the first address that answers, and shakes hands where there is a `trust`. */
  readonly connect: (connection: NativeConnectionHandle, target: NativeTarget) => Promise<NativeResult>;
  /** Sends `text` (Latin-1); `head` is the answer's, without the empty line. Its body is to be taken next. */
  readonly request: (
    connection: NativeConnectionHandle,
    text: string,
  ) => Promise<NativeResult & { readonly head?: string; readonly session?: Buffer }>;
  /**
   * Hashes a body's bytes as they arrive, on the connection's thread. Until it resolves, `state` gives the states from
   * before, and no other bytes may be given to the hashes.
   * @returns `hashed`: bytes that all hashes have taken, a multiple of the alignment; `heldBack`: those behind them;
   * `waits`: times that it had hashed all there was, and waited for more
   */
  readonly hashBody: (
    connection: NativeConnectionHandle,
    intake: NativeIntake,
    bounds: NativeBounds,
  ) => Promise<
    NativeTaking & { readonly hashed: number; readonly heldBack?: Buffer; readonly waits: number }
  >;
  /** As `hashBody`, into `buffer`, which has room for `limit` bytes and is nobody else's until the promise resolves. */
  readonly fillBody: (
    connection: NativeConnectionHandle,
    buffer: Uint8Array,
    bounds: NativeBounds,
  ) => Promise<NativeTaking>;
  /** Closes it at once; what it was doing ends as `stopped`, and counts for nothing. */
  readonly closeConnection: (connection: NativeConnectionHandle) => void;
}

/** The addon, or why there is none. */
export type LoadedAddon =
  | { readonly addon: NativeAddon; readonly path: string }
  | { readonly addon: undefined; readonly reason: string };

const NAME = `midstate-${process.platform}-${process.arch}-napi8.node`;
const NOT_BUILT = 'not-built.txt';

/** Where scripts/build-native.mjs puts it, seen from dist/src/native and from src/native. */
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
