import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { ALGORITHM_TRAITS, CHUNK_ALIGNMENT_BYTES, type Algorithm } from './algorithms.js';
import { bytesToBase64, tryBase64ToBytes } from './base64.js';
import { combineCrc, emptyCrc, isCombinable, type CombinableAlgorithm } from './combine-crc.js';
import type { Checkpoint, Midstate, ObjectRef } from './contracts.js';
import { MidstateError } from './failures.js';

/** The CRCs of an object's first `bytesHashed` bytes: what has been combined of the pieces hashed so far. */
export interface CrcPrefix {
  readonly bytesHashed: number;
  readonly digests: Readonly<Partial<Record<Algorithm, string>>>;
}

/** The prefix of no bytes. */
export function emptyPrefix(algorithms: readonly CombinableAlgorithm[]): CrcPrefix {
  return { bytesHashed: 0, digests: Object.fromEntries(algorithms.map((a) => [a, emptyCrc(a)])) };
}

/**
 * The prefix with the next piece of the object behind it.
 * @param digests CRCs of the piece alone, of each algorithm of the prefix
 * @throws MidstateError MidstateIncompatible when one is missing
 */
export function extendPrefix(
  prefix: CrcPrefix,
  digests: CrcPrefix['digests'],
  lengthBytes: number,
): CrcPrefix {
  const combined: Partial<Record<Algorithm, string>> = {};
  for (const [name, before] of Object.entries(prefix.digests)) {
    const algorithm = combinable(name as Algorithm);
    const digest = digests[algorithm];
    if (digest === undefined) throw incompatible(`a ${algorithm} of each piece`, 'none');
    combined[algorithm] = combineCrc(algorithm, before, digest, lengthBytes);
  }
  return { bytesHashed: prefix.bytesHashed + lengthBytes, digests: combined };
}

/**
 * The prefix that a checkpoint of the whole object stands for. A CRC's midstate is its register, and the register is the
 * complement of the CRC of the bytes so far.
 * @throws MidstateError MidstateIncompatible for a midstate that is no CRC's
 */
export function prefixOf(
  { bytesHashed, midstates }: Checkpoint,
  algorithms: readonly CombinableAlgorithm[],
): CrcPrefix {
  if (bytesHashed === 0) return emptyPrefix(algorithms);
  return { bytesHashed, digests: Object.fromEntries(midstates.map((m) => [m.algorithm, digestOf(m)])) };
}

/** The checkpoint that a prefix stands for; undefined off the positions that midstates may have. */
export function tryCheckpointOf(object: ObjectRef, prefix: CrcPrefix): Checkpoint | undefined {
  const { bytesHashed, digests } = prefix;
  if (bytesHashed % CHUNK_ALIGNMENT_BYTES !== 0) return undefined;
  const midstates = Object.entries(digests).map(([algorithm, digest]): Midstate => {
    const state = bytesToBase64(complement(hexToBytes(digest)));
    return { format: 1, algorithm: algorithm as Algorithm, bytesHashed, state };
  });
  return { object, bytesHashed, midstates };
}

function digestOf({ algorithm, state }: Midstate): string {
  const register = tryBase64ToBytes(state);
  const { stateSizeBytes } = ALGORITHM_TRAITS[combinable(algorithm)];
  if (register === undefined || register.length !== stateSizeBytes) {
    throw incompatible(`a register of ${algorithm} in base64`, 'another state');
  }
  return bytesToHex(complement(register));
}

function complement(bytes: Uint8Array): Uint8Array {
  return bytes.map((byte) => byte ^ 0xff);
}

function combinable(algorithm: Algorithm): CombinableAlgorithm {
  if (isCombinable(algorithm)) return algorithm;
  throw incompatible('algorithms that can be combined', algorithm);
}

function incompatible(expected: string, actual: string): MidstateError {
  return new MidstateError('MidstateIncompatible', `combine: expected ${expected}, got ${actual}`);
}
