import type { HashEngine } from '../core/ports.js';
import { createBlake3Hash } from './blake3-hash.js';
import { createEngine } from './create-engine.js';
import { loadNativeAddon, type NativeAddon, type NativeHash } from '../native/native-addon.js';
import type { CreateResumableHash, JoinedHashes, ResumableHash } from './resumable-hash.js';
import type { WordAlgorithm } from './word-hash.js';

/** The native engine, or why there is none here. */
export type NativeEngine =
  | { readonly engine: HashEngine; readonly addon: NativeAddon }
  | { readonly engine: undefined; readonly addon: undefined; readonly reason: string };

let loaded: NativeEngine | undefined;

/**
 * The hash functions of the addon in native/: md5 and the SHAs of Node's own OpenSSL, CRCs by carry-less
 * multiplication; blake3 stays in WebAssembly. Loaded once a process, self-tested as every engine is.
 */
export function nativeEngine(): NativeEngine {
  loaded ??= load(1);
  return loaded;
}

/** The native engine as `nativeEngine()` gives it, with up to `threads` threads for the algorithms of one hasher. */
export function threadedNativeEngine(threads: number): NativeEngine {
  return threads === 1 ? nativeEngine() : load(threads);
}

function load(threads: number): NativeEngine {
  const result = loadNativeAddon();
  if (result.addon === undefined) return { engine: undefined, ...result };
  const { addon } = result;
  const engine = createEngine('native', createNativeHashes(addon), (hashes) =>
    joinHashes(addon, hashes, threads),
  );
  return { engine, addon };
}

/**
 * Creates hashes on the addon, not self-tested.
 * @param crc the CRC implementation to use; default: the fastest
 */
export function createNativeHashes(addon: NativeAddon, crc?: string): CreateResumableHash {
  return async (algorithm, from) => {
    if (algorithm === 'blake3') return await createBlake3Hash(from);
    const hash =
      from === undefined
        ? addon.create(algorithm, crc)
        : addon.restore(algorithm, from.state, from.bytesHashed, crc);
    return new NativeResumableHash(addon, algorithm, hash);
  };
}

class NativeResumableHash implements ResumableHash {
  constructor(
    private readonly addon: NativeAddon,
    readonly algorithm: WordAlgorithm,
    readonly hash: NativeHash,
  ) {}

  update(bytes: Uint8Array): void {
    this.addon.update(this.hash, bytes);
  }

  state(): Uint8Array {
    return this.addon.state(this.hash);
  }

  digest(): string {
    return this.addon.digest(this.hash).toString('hex');
  }
}

/** The dearest first, so that the last thread to finish has the least left to do. */
const BY_COST: readonly WordAlgorithm[] = ['sha512', 'md5', 'sha256', 'sha1', 'crc64nvme', 'crc32', 'crc32c'];

/** A CRC of a piece in the cache takes less time than another thread takes to wake for it. */
const CHEAP: ReadonlySet<WordAlgorithm> = new Set(['crc64nvme', 'crc32', 'crc32c']);

/** Several threads are used where they save time: for two hashes that are worth one each. */
function joinHashes(addon: NativeAddon, hashes: readonly ResumableHash[], maxThreads: number): JoinedHashes {
  const natives = hashes
    .filter((hash) => hash instanceof NativeResumableHash)
    .sort((a, b) => BY_COST.indexOf(a.algorithm) - BY_COST.indexOf(b.algorithm));
  const handles = natives.map(({ hash }) => hash);
  const others = hashes.filter((hash) => !(hash instanceof NativeResumableHash));
  const threads = natives.filter(({ algorithm }) => !CHEAP.has(algorithm)).length < 2 ? 1 : maxThreads;
  return {
    native: others.length === 0 ? { hashes: handles, threads } : undefined,
    updateAll:
      threads === 1
        ? undefined
        : (bytes) => {
            addon.updateAll(handles, bytes, threads);
            for (const hash of others) hash.update(bytes);
          },
  };
}
