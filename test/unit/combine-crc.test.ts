import { describe, expect, test } from 'vitest';
import { bytesToBase64, tryBase64ToBytes } from '../../src/core/base64.js';
import { combineCrc, COMBINABLE_ALGORITHMS, emptyCrc, isCombinable } from '../../src/core/combine-crc.js';
import { emptyPrefix, extendPrefix, prefixOf, tryCheckpointOf } from '../../src/core/crc-prefix.js';
import type { Checkpoint } from '../../src/core/contracts.js';
import { ALGORITHMS } from '../../src/core/algorithms.js';
import { portableEngine } from '../../src/hashing/index.js';
import { digestsOf, midstatesAfter, oneShot, randomBytesOf, seededRandom } from './hashing-engines.js';

/** Enough for the carry-less folds, the table and the tail of every implementation. */
const BODY = randomBytesOf(100_000, seededRandom(7));
const OBJECT = { bucket: 'b', key: 'k', etag: 'e', sizeBytes: BODY.length };

/** From zlib 1.2.13's crc32_combine64 of the CRCs of `123456789` and `midstate`, B as long as given. */
const ZLIB = [
  [0, '0dc232b9'],
  [1, '14f07a5b'],
  [8, 'd412020a'],
  [2 ** 31 - 1, 'cf6ea134'],
  [2 ** 32, '14f07a5b'],
  [2 ** 32 + 1, '5aedcb47'],
  [10 ** 12, '20707743'],
  [50 * 2 ** 40, '1e1a2342'],
  [2 ** 53 - 1, '91a319e2'],
] as const;

describe('combining CRCs', () => {
  test.each(ZLIB)('gives what zlib gives for %d bytes', (lengthOfBBytes, combined) => {
    expect(combineCrc('crc32', 'cbf43926', 'c6360b9f', lengthOfBBytes)).toBe(combined);
  });

  test.each(COMBINABLE_ALGORITHMS)('gives the %s of any two pieces', async (algorithm) => {
    const whole = await oneShot(algorithm, BODY);

    for (const cut of [0, 1, 2, 7, 8, 127, 128, 65_537, BODY.length - 1, BODY.length]) {
      const a = await oneShot(algorithm, BODY.subarray(0, cut));
      const b = await oneShot(algorithm, BODY.subarray(cut));
      expect(combineCrc(algorithm, a, b, BODY.length - cut)).toBe(whole);
    }
  });

  test.each(COMBINABLE_ALGORITHMS)('is associative in %s, at any length', (algorithm) => {
    const random = seededRandom(11);
    const digest = () =>
      Array.from({ length: emptyCrc(algorithm).length }, () => Math.floor(random() * 16).toString(16)).join(
        '',
      );

    for (const [m, n] of [
      [1, 2 ** 52],
      [2 ** 52 - 1, 2 ** 52],
      [3, 5],
      [10 ** 15, 123_456_789],
    ] as const) {
      const [a, b, c] = [digest(), digest(), digest()];
      const left = combineCrc(algorithm, combineCrc(algorithm, a, b, m), c, n);
      const right = combineCrc(algorithm, a, combineCrc(algorithm, b, c, n), m + n);
      expect(left).toBe(right);
    }
  });

  test('the CRC of no bytes is what it is said to be', async () => {
    for (const algorithm of COMBINABLE_ALGORITHMS)
      expect(emptyCrc(algorithm)).toBe(await oneShot(algorithm, new Uint8Array()));
  });

  test('is for the CRCs and for nothing else', () => {
    expect(ALGORITHMS.filter(isCombinable)).toEqual(['crc32', 'crc32c', 'crc64nvme']);
  });

  test('takes no more than a few milliseconds, at the largest length', () => {
    const digest = '0123456789abcdef';
    const started = performance.now();

    for (let run = 0; run < 20; run++) combineCrc('crc64nvme', digest, digest, 2 ** 53 - 1);

    expect((performance.now() - started) / 20).toBeLessThan(20);
  });
});

describe('the prefix of an object', () => {
  test('has the CRCs of the bytes so far, whatever the pieces', async () => {
    const random = seededRandom(3);
    let prefix = emptyPrefix(COMBINABLE_ALGORITHMS);

    while (prefix.bytesHashed < BODY.length) {
      const length = Math.min(Math.floor(random() * 9_000), BODY.length - prefix.bytesHashed);
      const piece = BODY.subarray(prefix.bytesHashed, prefix.bytesHashed + length);
      prefix = extendPrefix(prefix, await digestsOf(portableEngine, COMBINABLE_ALGORITHMS, [piece]), length);
    }

    expect(prefix.digests).toEqual(await digestsOf(portableEngine, COMBINABLE_ALGORITHMS, [BODY]));
  });

  test('is a checkpoint that an engine would have written at the same position', async () => {
    const cut = 51_200;
    const head = BODY.subarray(0, cut);
    const digests = await digestsOf(portableEngine, COMBINABLE_ALGORITHMS, [head]);

    const checkpoint = tryCheckpointOf(OBJECT, { bytesHashed: cut, digests });

    expect(checkpoint?.midstates).toEqual(await midstatesAfter(portableEngine, COMBINABLE_ALGORITHMS, head));
    const rest = await digestsOf(
      portableEngine,
      COMBINABLE_ALGORITHMS,
      [BODY.subarray(cut)],
      checkpoint?.midstates,
    );
    expect(rest).toEqual(await digestsOf(portableEngine, COMBINABLE_ALGORITHMS, [BODY]));
  });

  test('goes on from a checkpoint that an engine has written', async () => {
    const cut = 25_600;
    const midstates = await midstatesAfter(portableEngine, COMBINABLE_ALGORITHMS, BODY.subarray(0, cut));
    const checkpoint: Checkpoint = { object: OBJECT, bytesHashed: cut, midstates };
    const tail = BODY.subarray(cut);

    const prefix = prefixOf(checkpoint, COMBINABLE_ALGORITHMS);
    const whole = extendPrefix(
      prefix,
      await digestsOf(portableEngine, COMBINABLE_ALGORITHMS, [tail]),
      tail.length,
    );

    expect(whole).toEqual({
      bytesHashed: BODY.length,
      digests: await digestsOf(portableEngine, COMBINABLE_ALGORITHMS, [BODY]),
    });
  });

  test('is no checkpoint where midstates cannot be', () => {
    expect(tryCheckpointOf(OBJECT, { bytesHashed: 129, digests: { crc32: '00000000' } })).toBeUndefined();
  });

  test.each([
    ['is of another algorithm', { algorithm: 'sha1', state: bytesToBase64(new Uint8Array(20)) }],
    ['is too short', { algorithm: 'crc32', state: 'AAA=' }],
    ['is no base64', { algorithm: 'crc32', state: '????==' }],
  ] as const)('refuses a midstate that %s', (_, given) => {
    const checkpoint: Checkpoint = {
      object: OBJECT,
      bytesHashed: 128,
      midstates: [{ format: 1, bytesHashed: 128, ...given }],
    };

    expect(() => prefixOf(checkpoint, ['crc32'])).toThrow(
      expect.objectContaining({ failure: 'MidstateIncompatible' }),
    );
  });

  test('refuses a piece that lacks one of its CRCs', () => {
    expect(() => extendPrefix(emptyPrefix(['crc32', 'crc64nvme']), { crc32: '00000000' }, 5)).toThrow(
      expect.objectContaining({ failure: 'MidstateIncompatible' }),
    );
  });
});

describe('base64 without Buffer', () => {
  test('is that of Buffer, both ways, at any length', () => {
    for (let length = 0; length < 70; length++) {
      const bytes = randomBytesOf(length, seededRandom(length));
      const text = Buffer.from(bytes).toString('base64');
      expect(bytesToBase64(bytes)).toBe(text);
      expect(tryBase64ToBytes(text)).toEqual(bytes);
    }
  });

  test.each(['A', 'AA', 'AAA', 'AB==', 'A===', '*AAA', 'AA A', 'AAAA=', 'AA==AA=='])('refuses %j', (text) => {
    expect(tryBase64ToBytes(text)).toBeUndefined();
  });
});
