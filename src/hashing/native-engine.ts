import type { HashEngine } from '../core/ports.js';
import { createBlake3Hash } from './blake3-hash.js';
import { createEngine } from './create-engine.js';
import { loadNativeAddon, type NativeAddon, type NativeHash } from './native-addon.js';
import type { CreateResumableHash, ResumableHash } from './resumable-hash.js';

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
  loaded ??= load();
  return loaded;
}

function load(): NativeEngine {
  const result = loadNativeAddon();
  if (result.addon === undefined) return { engine: undefined, ...result };
  return { engine: createEngine('native', createNativeHashes(result.addon)), addon: result.addon };
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
    return resumable(addon, hash);
  };
}

function resumable(addon: NativeAddon, hash: NativeHash): ResumableHash {
  return {
    update(bytes) {
      addon.update(hash, bytes);
    },
    state: () => addon.state(hash),
    digest: () => addon.digest(hash).toString('hex'),
  };
}
