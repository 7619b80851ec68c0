import { describe, expect, test } from 'vitest';
import { ALGORITHMS, checkpointAlignmentBytes } from '../../src/core/algorithms.js';
import type { HashEngine } from '../../src/core/ports.js';
import { nativeEngine, portableEngine, selectEngine } from '../../src/hashing/index.js';
import { digestsOf, oneShot, randomBytesOf, seededRandom } from './hashing-engines.js';

const native = nativeEngine();

/** Hashes `bytes` in pieces, another engine for each; returns digests. */
async function handOver(
  engines: readonly HashEngine[],
  algorithms: Parameters<HashEngine['createHasher']>[0],
  pieces: readonly Uint8Array[],
): Promise<unknown> {
  let midstates: Parameters<HashEngine['createHasher']>[1];
  for (const [index, piece] of pieces.entries()) {
    const engine = engines[index % engines.length] as HashEngine;
    const hasher = await engine.createHasher(algorithms, midstates);
    hasher.update(piece);
    if (index === pieces.length - 1) return hasher.digests();
    midstates = JSON.parse(JSON.stringify(hasher.midstates())) as typeof midstates;
  }
  return undefined;
}

describe.skipIf(native.engine === undefined)('a midstate', () => {
  const nativeOne = native.engine as unknown as HashEngine;
  const PAIRS = [
    ['native to portable and back', [nativeOne, portableEngine]],
    ['portable to native and back', [portableEngine, nativeOne]],
  ] as const;

  test.each(PAIRS)('goes from %s at every boundary, of each algorithm', async (_, engines) => {
    const bytes = randomBytesOf(6144 + 77, seededRandom(21));
    for (const algorithm of ALGORITHMS) {
      const step = checkpointAlignmentBytes([algorithm]);
      const expected = { [algorithm]: await oneShot(algorithm, bytes) };
      for (let at = 0; at + step < bytes.length; at += step) {
        const pieces = [bytes.subarray(0, at), bytes.subarray(at, at + step), bytes.subarray(at + step)];

        expect(await handOver(engines, [algorithm], pieces), `${algorithm} at ${at}`).toEqual(expected);
      }
    }
  });

  test.each(PAIRS)('goes from %s, of all algorithms at once', async (_, engines) => {
    const random = seededRandom(22);
    const bytes = randomBytesOf(60_000, random);
    const expected = Object.fromEntries(
      await Promise.all(ALGORITHMS.map(async (algorithm) => [algorithm, await oneShot(algorithm, bytes)])),
    ) as object;
    for (let round = 0; round < 20; round++) {
      const pieces: Uint8Array[] = [];
      for (let at = 0; at < bytes.length;) {
        const size = 1024 * Math.ceil(random() * 20);
        pieces.push(bytes.subarray(at, at + size));
        at += size;
      }

      expect(await handOver(engines, ALGORITHMS, pieces)).toEqual(expected);
    }
  });

  test('is the same text from both', async () => {
    const bytes = randomBytesOf(10_240, seededRandom(23));
    const hashers = [
      await nativeOne.createHasher(ALGORITHMS),
      await portableEngine.createHasher(ALGORITHMS),
    ] as const;

    for (let at = 0; at < bytes.length; at += 640) {
      for (const hasher of hashers) hasher.update(bytes.subarray(at, at + 640));

      expect(hashers[0].midstates()).toEqual(hashers[1].midstates());
    }
  });

  // An update of more than 2^32 bits: the length is split over two words. Zeros, which take no memory until written.
  test('of native is right after a single update of 600 MB', async () => {
    const bytes = new Uint8Array(600_000_000);

    const digests = await digestsOf(nativeOne, ['sha1', 'crc64nvme'], [bytes]);

    expect(digests).toEqual({
      sha1: await oneShot('sha1', bytes),
      crc64nvme: await oneShot('crc64nvme', bytes),
    });
  });
});

describe('the choice of an engine', () => {
  test.skipIf(native.engine === undefined)('is the native one where it is built', async () => {
    expect((await selectEngine()).name).toBe('native');
    expect((await selectEngine({ prefer: 'native' })).name).toBe('native');
  });

  test('is the portable one where that is asked for, without a word', async () => {
    const engine = await selectEngine({
      prefer: 'portable',
      onFallback: (reason) => expect.unreachable(reason),
    });

    expect(engine).toBe(portableEngine);
  });
});
