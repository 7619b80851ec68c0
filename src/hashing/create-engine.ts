import type { Algorithm } from '../core/algorithms.js';
import { checkAlgorithms } from '../core/parse-algorithms.js';
import type { HashEngine } from '../core/ports.js';
import { parseMidstates } from './parse-midstates.js';
import { createGatheringHasher } from './gathering-hasher.js';
import { createRangeHasher } from './range-hasher.js';
import type { CreateResumableHash, JoinHashes } from './resumable-hash.js';
import { selfTest } from './self-test.js';

/**
 * Makes an engine of resumable hashes, whoever implements them. An algorithm's first hasher waits for that
 * algorithm's self-test; the others start at once.
 * @param joinHashes default: the hashes of one hasher are updated one after the other, by JavaScript
 */
export function createEngine(
  name: string,
  createHash: CreateResumableHash,
  joinHashes: JoinHashes = () => ({}),
): HashEngine {
  const proofs = new Map<Algorithm, Promise<void>>();

  /** Runs an algorithm's self-test once; one that failed runs again, as memory may have been short. */
  async function proven(algorithm: Algorithm): Promise<void> {
    const proof = proofs.get(algorithm) ?? selfTest(algorithm, createHash);
    proofs.set(algorithm, proof);
    try {
      await proof;
    } catch (error) {
      proofs.delete(algorithm);
      throw error;
    }
  }

  return {
    name,
    async createHasher(algorithms, from) {
      checkAlgorithms(algorithms);
      const parsed = from === undefined ? undefined : parseMidstates(algorithms, from);
      const hashes = await Promise.all(
        algorithms.map(async (algorithm, index) => {
          await proven(algorithm);
          const state = parsed?.states[index];
          return state === undefined
            ? createHash(algorithm)
            : createHash(algorithm, { bytesHashed: parsed?.bytesHashed ?? 0, state });
        }),
      );
      const joined = joinHashes(hashes);
      const hasher = createRangeHasher([...algorithms], hashes, parsed?.bytesHashed ?? 0, joined);
      return joined.updateAll === undefined ? hasher : createGatheringHasher(hasher);
    },
  };
}
