import { describe, expect, test } from 'vitest';
import { ALGORITHMS, checkpointAlignmentBytes, type Algorithm } from '../../src/core/algorithms.js';
import type { Midstate } from '../../src/core/contracts.js';
import { stateSizeBytes } from '../../src/hashing/parse-midstates.js';
import {
  countingBytes,
  digestsOf,
  ENGINES,
  midstatesAfter,
  randomBytesOf,
  seededRandom,
} from './hashing-engines.js';
import { referenceDigest, referenceState } from './hashing-reference.js';

const toHex = (midstate: Midstate | undefined): string =>
  Buffer.from(midstate?.state ?? '', 'base64').toString('hex');

async function stateHex(
  engine: (typeof ENGINES)[number],
  algorithm: Algorithm,
  bytes: Uint8Array,
): Promise<string> {
  const [midstate] = await midstatesAfter(engine, [algorithm], bytes);
  return toHex(midstate);
}

describe.each(ENGINES)('the canonical state of the $name engine', (engine) => {
  // RFC 1321 3.3 (bytes in order of appearance), FIPS 180-4 5.3.1, 5.3.3, 5.3.5; the CRC catalogue's init values.
  test.each([
    ['md5', '0123456789abcdeffedcba9876543210'],
    ['sha1', '67452301efcdab8998badcfe10325476c3d2e1f0'],
    ['sha256', '6a09e667bb67ae853c6ef372a54ff53a510e527f9b05688c1f83d9ab5be0cd19'],
    [
      'sha512',
      '6a09e667f3bcc908bb67ae8584caa73b3c6ef372fe94f82ba54ff53a5f1d36f1510e527fade682d19b05688c2b3e6c1f1f83d9abfb41bd6b5be0cd19137e2179',
    ],
    ['crc32', 'ffffffff'],
    ['crc32c', 'ffffffff'],
    ['crc64nvme', 'ffffffffffffffff'],
    ['blake3', ''],
  ] as const)('of %s starts at the published initial value', async (algorithm, initial) => {
    expect(await stateHex(engine, algorithm, new Uint8Array(0))).toBe(initial);
  });

  // The catalogue's residue: the register, without final xor, after any message that ends with its own CRC.
  test.each([
    ['crc32', 4, 'debb20e3'],
    ['crc32c', 4, 'b798b438'],
    ['crc64nvme', 8, 'f310303b2b6f6e42'],
  ] as const)(
    'of %s is the published residue after a message and its CRC',
    async (algorithm, size, residue) => {
      const message = countingBytes(1024 - size);
      const digest = (await digestsOf(engine, [algorithm], [message]))[algorithm] ?? '';
      const codeword = Buffer.concat([message, Buffer.from(digest, 'hex').reverse()]);

      const register = await stateHex(engine, algorithm, codeword);

      expect(register).toBe(residue);
    },
  );

  test.each(ALGORITHMS)(
    'of %s is what the specification gives, at every boundary of 40 kB',
    async (algorithm) => {
      const bytes = randomBytesOf(40_960, seededRandom(6));
      const step = algorithm === 'blake3' ? 1024 : 4096 + 128;
      const hasher = await engine.createHasher([algorithm]);

      for (let at = 0; at + step <= bytes.length; at += step) {
        hasher.update(bytes.subarray(at, at + step));

        const state = Buffer.from(referenceState(algorithm, bytes.subarray(0, at + step))).toString('hex');
        expect(toHex(hasher.midstates()[0]), String(at + step)).toBe(state);
      }
    },
  );

  test('of blake3 does not depend on how the bytes came', async () => {
    const random = seededRandom(7);
    for (let round = 0; round < 100; round++) {
      const bytes = randomBytesOf(1024 * Math.floor(1 + random() * 34), random);
      const hasher = await engine.createHasher(['blake3']);
      for (let at = 0; at < bytes.length;) {
        const size = 1024 * Math.floor(1 + random() * 20);
        hasher.update(bytes.subarray(at, at + size));
        at += size;
      }

      const state = Buffer.from(referenceState('blake3', bytes)).toString('hex');

      expect(toHex(hasher.midstates()[0]), `${String(bytes.length / 1024)} chunks`).toBe(state);
    }
  });

  // 2^29 bytes are 2^32 bits, 2^32 bytes wrap a 32-bit byte count, 2^42 bytes a 32-bit count of blake3's chunks.
  const ENDS = [2 ** 29, 2 ** 32, 5_000_000_512, 2 ** 42, 50 * 2 ** 40, 2 ** 52];
  const POSITIONS = ENDS.flatMap((end) => [end - 1024, end, end + 1024]);
  test.each(ALGORITHMS)('of %s carries byte counts far beyond 32 bits', async (algorithm) => {
    const random = seededRandom(8);
    for (const end of POSITIONS) {
      const bytesHashed = end - (end % checkpointAlignmentBytes([algorithm]));
      const state = randomBytesOf(stateSizeBytes(algorithm, bytesHashed), random);
      const rest = randomBytesOf(1024, random);
      const midstate: Midstate = {
        format: 1,
        algorithm,
        bytesHashed,
        state: Buffer.from(state).toString('base64'),
      };

      for (const length of [0, 100, 1024]) {
        const tail = rest.subarray(0, length);

        const digests = await digestsOf(engine, [algorithm], [tail], [midstate]);

        const expected = referenceDigest(algorithm, state, bytesHashed, tail);
        expect(digests[algorithm], `${String(bytesHashed)} and ${String(length)}`).toBe(expected);
      }
      const hasher = await engine.createHasher([algorithm], [midstate]);
      hasher.update(rest);
      const digests = await digestsOf(engine, [algorithm], [], hasher.midstates());
      expect(digests[algorithm]).toBe(referenceDigest(algorithm, state, bytesHashed, rest));
    }
  });
});
