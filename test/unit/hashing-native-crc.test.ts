import { describe, expect, test } from 'vitest';
import { loadNativeAddon, type NativeAddon } from '../../src/hashing/index.js';
import { oneShot, randomBytesOf, seededRandom } from './hashing-engines.js';

const loaded = loadNativeAddon();
const CRCS = ['crc32', 'crc32c', 'crc64nvme'] as const;
const IMPLEMENTATIONS = loaded.addon?.crcImplementations ?? [];

/** Reflected polynomials and the widths, from the CRC catalogue. */
const PARAMETERS = {
  crc32: [0xedb88320n, 32n],
  crc32c: [0x82f63b78n, 32n],
  crc64nvme: [0x9a6c9329ac4bc9b5n, 64n],
} as const;

/** The definition: one bit after another. */
function bitByBit(crc: (typeof CRCS)[number], bytes: Uint8Array): string {
  const [polynomial, width] = PARAMETERS[crc];
  const ones = (1n << width) - 1n;
  let register = ones;
  for (const byte of bytes) {
    register ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit++) register = (register >> 1n) ^ (register & 1n ? polynomial : 0n);
  }
  return (register ^ ones).toString(16).padStart(Number(width / 4n), '0');
}

describe.skipIf(loaded.addon === undefined)('the CRC implementation', () => {
  const addon = loaded.addon as unknown as NativeAddon;
  const digestOf = (crc: (typeof CRCS)[number], implementation: string, bytes: Uint8Array): string => {
    const hash = addon.create(crc, implementation);
    addon.update(hash, bytes);
    return addon.digest(hash).toString('hex');
  };

  test('list ends with the table, which every processor supports', () => {
    expect(IMPLEMENTATIONS.at(-1)).toBe('table');
    expect(new Set(IMPLEMENTATIONS).size).toBe(IMPLEMENTATIONS.length);
  });

  describe.each(IMPLEMENTATIONS)('%s', (implementation) => {
    test.each(CRCS)('gives the %s that its definition gives', (crc) => {
      const bytes = randomBytesOf(6000, seededRandom(13));
      for (const length of [
        0, 1, 7, 8, 9, 15, 16, 17, 127, 128, 255, 256, 257, 384, 2047, 2048, 2049, 6000,
      ]) {
        const piece = bytes.subarray(0, length);

        expect(digestOf(crc, implementation, piece), String(length)).toBe(bitByBit(crc, piece));
      }
    });

    test.each(CRCS)('gives the %s of every length up to 1,100 bytes', async (crc) => {
      const bytes = randomBytesOf(1100, seededRandom(14));
      for (let length = 0; length <= bytes.length; length++) {
        const piece = bytes.subarray(0, length);

        expect(digestOf(crc, implementation, piece), String(length)).toBe(await oneShot(crc, piece));
      }
    });

    test.each(CRCS)('gives the %s at every alignment, up to 70 kB', async (crc) => {
      const bytes = randomBytesOf(70_064, seededRandom(15));
      const random = seededRandom(16);
      for (let start = 0; start < 64; start++) {
        const piece = bytes.subarray(start, start + Math.floor(random() * 70_000));

        expect(digestOf(crc, implementation, piece), String(start)).toBe(await oneShot(crc, piece));
      }
    });

    test.each(CRCS)('goes on with the %s of another implementation, from any register', (crc) => {
      const bytes = randomBytesOf(9000, seededRandom(17));
      for (const other of IMPLEMENTATIONS) {
        for (const cut of [0, 1, 100, 3000, 4096, 8999]) {
          const first = addon.create(crc, other);
          addon.update(first, bytes.subarray(0, cut));
          const second = addon.restore(crc, addon.state(first), cut, implementation);
          addon.update(second, bytes.subarray(cut));

          expect(addon.digest(second).toString('hex')).toBe(digestOf(crc, 'table', bytes));
        }
      }
    });
  });

  test('that this processor does not have is refused', () => {
    expect(() => addon.create('crc32', 'abacus')).toThrow(TypeError);
  });
});
