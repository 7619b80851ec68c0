import { createHash } from 'node:crypto';
import { blake3, crc32, crc64 } from 'hash-wasm';
import type { Algorithm } from '../../src/core/algorithms.js';
import type { Midstate } from '../../src/core/contracts.js';
import type { HashEngine } from '../../src/core/ports.js';
import { nativeEngine, portableEngine, threadedNativeEngine } from '../../src/hashing/index.js';

const { engine: native } = nativeEngine();
const { engine: threaded } = threadedNativeEngine(3);

/** Every engine there is here: all of them pass the same tests. hashing-native.test.ts minds that native is there. */
export const ENGINES: readonly HashEngine[] = [
  portableEngine,
  ...(native === undefined ? [] : [native]),
  ...(threaded === undefined ? [] : [{ ...threaded, name: 'native (3 threads)' }]),
];

/** Digests of the pieces, one after the other, from `from` on. */
export async function digestsOf(
  engine: HashEngine,
  algorithms: readonly Algorithm[],
  pieces: readonly Uint8Array[],
  from?: readonly Midstate[],
): Promise<Partial<Record<Algorithm, string>>> {
  const hasher = await engine.createHasher(algorithms, from);
  for (const piece of pieces) hasher.update(piece);
  return hasher.digests();
}

/** Midstates after `bytes`, as they arrive after a journey through JSON. */
export async function midstatesAfter(
  engine: HashEngine,
  algorithms: readonly Algorithm[],
  bytes: Uint8Array,
): Promise<Midstate[]> {
  const hasher = await engine.createHasher(algorithms);
  hasher.update(bytes);
  return JSON.parse(JSON.stringify(hasher.midstates())) as Midstate[];
}

/** Digest by node:crypto where it has the algorithm, else by hash-wasm in one call, without any of our code. */
export async function oneShot(algorithm: Algorithm, bytes: Uint8Array): Promise<string> {
  switch (algorithm) {
    case 'crc32':
      return crc32(bytes);
    case 'crc32c':
      return crc32(bytes, 0x82f63b78);
    case 'crc64nvme':
      return crc64(bytes, '9a6c9329ac4bc9b5');
    case 'blake3':
      return blake3(bytes);
    default:
      return createHash(algorithm).update(bytes).digest('hex');
  }
}

/** BLAKE3's official test input: bytes i mod 251. */
export function countingBytes(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => index % 251);
}

/** A seeded sequence of numbers from 0 up to 1 (mulberry32), the same in every run. */
export function seededRandom(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function randomBytesOf(length: number, random: () => number): Uint8Array {
  return Uint8Array.from({ length }, () => Math.floor(random() * 256));
}
