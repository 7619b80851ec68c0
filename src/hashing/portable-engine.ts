import { createBlake3Hash } from './blake3-hash.js';
import { createEngine } from './create-engine.js';
import type { CreateResumableHash } from './resumable-hash.js';
import { createWordHash } from './word-hash.js';

/** Creates one hash on hash-wasm, not self-tested. */
export const createPortableHash: CreateResumableHash = (algorithm, from) =>
  algorithm === 'blake3' ? createBlake3Hash(from) : createWordHash(algorithm, from);

/** The hash functions in WebAssembly (hash-wasm), on any platform that runs Node. A self-test takes 1 to 4 ms. */
export const portableEngine = createEngine('portable', createPortableHash);
