import type { Algorithm } from '../core/algorithms.js';
import { checkAlgorithms } from '../core/parse-algorithms.js';
import type { HashEngine } from '../core/ports.js';
import { createBlake3Hash } from './blake3-hash.js';
import { parseMidstates } from './parse-midstates.js';
import { createRangeHasher } from './range-hasher.js';
import type { CreateResumableHash } from './resumable-hash.js';
import { selfTest } from './self-test.js';
import { createWordHash } from './word-hash.js';

/**
 * The hash functions in WebAssembly (hash-wasm), on any platform that runs Node. An algorithm's first hasher in a
 * process waits for that algorithm's self-test, which takes one to four milliseconds; the others start at once.
 */
export const portableEngine: HashEngine = {
  name: 'portable',
  async createHasher(algorithms, from) {
    checkAlgorithms(algorithms);
    const parsed = from === undefined ? undefined : parseMidstates(algorithms, from);
    const hashes = await Promise.all(
      algorithms.map(async (algorithm, index) => {
        await proven(algorithm);
        const state = parsed?.states[index];
        return state === undefined
          ? createPortableHash(algorithm)
          : createPortableHash(algorithm, { bytesHashed: parsed?.bytesHashed ?? 0, state });
      }),
    );
    return createRangeHasher([...algorithms], hashes, parsed?.bytesHashed ?? 0);
  },
};

/** Creates one hash on hash-wasm, not self-tested. */
export const createPortableHash: CreateResumableHash = (algorithm, from) =>
  algorithm === 'blake3' ? createBlake3Hash(from) : createWordHash(algorithm, from);

const proofs = new Map<Algorithm, Promise<void>>();

/** Runs an algorithm's self-test once a process; one that failed runs again, as memory may have been short. */
async function proven(algorithm: Algorithm): Promise<void> {
  const proof = proofs.get(algorithm) ?? selfTest(algorithm, createPortableHash);
  proofs.set(algorithm, proof);
  try {
    await proof;
  } catch (error) {
    proofs.delete(algorithm);
    throw error;
  }
}
