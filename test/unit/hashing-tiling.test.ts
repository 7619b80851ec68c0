import { describe, expect, test } from 'vitest';
import { ALGORITHMS, type Algorithm } from '../../src/core/algorithms.js';
import { digestsOf, ENGINES, oneShot, randomBytesOf, seededRandom } from './hashing-engines.js';

/** Cuts bytes into pieces: many tiny, some of block and chunk size or one off it, some large; empty ones too. */
function tile(bytes: Uint8Array, random: () => number): Uint8Array[] {
  const sizes = [0, 1, 3, 63, 64, 65, 127, 128, 129, 1023, 1024, 1025, 16_383, 16_384, 20_000];
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const size =
      random() < 0.5 ? (sizes[Math.floor(random() * sizes.length)] ?? 0) : Math.floor(random() ** 4 * 5000);
    pieces.push(bytes.subarray(at, at + size));
    at += size;
  }
  return pieces;
}

async function oneShots(
  algorithms: readonly Algorithm[],
  bytes: Uint8Array,
): Promise<Record<string, string>> {
  const digests = algorithms.map(async (algorithm) => [algorithm, await oneShot(algorithm, bytes)] as const);
  return Object.fromEntries(await Promise.all(digests));
}

describe.each(ENGINES)('the $name engine', (engine) => {
  test('gives the digests of the whole for any of 300 ways to cut it', async () => {
    const random = seededRandom(1);
    for (let round = 0; round < 300; round++) {
      const bytes = randomBytesOf(Math.floor(random() ** 2 * 40_000), random);
      const algorithms = ALGORITHMS.filter(() => random() < 0.6);
      if (algorithms.length === 0) continue;

      const digests = await digestsOf(engine, algorithms, tile(bytes, random));

      expect(digests, `round ${String(round)}, ${String(bytes.length)} bytes`).toEqual(
        await oneShots(algorithms, bytes),
      );
    }
  });

  test.each(ALGORITHMS)(
    'gives the %s of lengths up to 400 bytes, fed one byte at a time',
    async (algorithm) => {
      const bytes = randomBytesOf(400, seededRandom(2));
      for (let length = 0; length <= bytes.length; length += 7) {
        const pieces = Array.from(bytes.subarray(0, length), (byte) => Uint8Array.of(byte));

        const digests = await digestsOf(engine, [algorithm], pieces);

        expect(digests[algorithm], String(length)).toBe(await oneShot(algorithm, bytes.subarray(0, length)));
      }
    },
  );

  test('hashes before update returns, so that a buffer may be used again at once', async () => {
    const buffer = Buffer.alloc(700);
    const hasher = await engine.createHasher(ALGORITHMS);
    const given: Buffer[] = [];

    for (let round = 0; round < 20; round++) {
      buffer.fill(round);
      given.push(Buffer.from(buffer));
      hasher.update(buffer);
    }
    buffer.fill(0xee);

    expect(hasher.digests()).toEqual(await oneShots(ALGORITHMS, Buffer.concat(given)));
  });

  test('keeps hashers apart that are used in turn', async () => {
    const random = seededRandom(3);
    const inputs = [randomBytesOf(5000, random), randomBytesOf(5000, random)] as const;
    const first = await engine.createHasher(ALGORITHMS);
    const second = await engine.createHasher(ALGORITHMS);

    for (let at = 0; at < 5000; at += 625) {
      first.update(inputs[0].subarray(at, at + 625));
      second.update(inputs[1].subarray(at, at + 625));
      second.midstates();
    }

    expect(first.digests()).toEqual(await oneShots(ALGORITHMS, inputs[0]));
    expect(second.digests()).toEqual(await oneShots(ALGORITHMS, inputs[1]));
  });
});
