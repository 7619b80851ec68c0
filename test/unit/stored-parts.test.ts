import { describe, expect, test } from 'vitest';
import { compositeChecksum } from '../../src/core/composite-checksum.js';
import type { ObjectDescription, StoredChecksum } from '../../src/core/contracts.js';
import { batchesOf, layOutParts, MAX_PARTS_PER_BATCH, partSizes } from '../../src/core/part-layout.js';
import { partsChecksum } from '../../src/core/stored-parts.js';
import { oneShot } from './hashing-engines.js';

const MIB = 2 ** 20;
const MD5 = 'a27ffd0860623aa26bb16c7cbcea2302';

/** What an S3 server (versitygw 1.8.0) holds of an object of sevens that was uploaded in these parts. */
const UPLOADED = [
  { algorithm: 'md5', sizes: [5 * MIB, 5 * MIB, 1_514_240], value: `${MD5}-3` },
  { algorithm: 'crc32', sizes: [5 * MIB, 5 * MIB, 1_514_240], value: `${hexOf('eqXGlQ==')}-3` },
  { algorithm: 'md5', sizes: [5 * MIB, 6 * MIB, 1_000], value: '7aba22aff9576e0f5d6e6282bd9c06f6-3' },
  {
    algorithm: 'sha256',
    sizes: [5 * MIB, 6 * MIB, 1_000],
    value: `${hexOf('OhsKqC40fsG22c3HItRmdCBVG4bx4clg2oqbcWs4jIE=')}-3`,
  },
] as const;

function hexOf(base64: string): string {
  return Buffer.from(base64, 'base64').toString('hex');
}

function described(
  etag: string,
  storedChecksums: readonly StoredChecksum[] = [],
  encryption?: string,
): ObjectDescription {
  const object = { bucket: 'b', key: 'k', etag, sizeBytes: 1 };
  const base = { object, storageClass: 'STANDARD', storedChecksums, isSidecar: false };
  return encryption === undefined ? base : { ...base, encryption };
}

describe('a checksum of parts', () => {
  test.each(UPLOADED)('$algorithm of parts of $sizes bytes is what S3 makes of them', async (given) => {
    const parts = given.sizes.map((size) => oneShot(given.algorithm, new Uint8Array(size).fill(7)));

    expect(compositeChecksum(given.algorithm, await Promise.all(parts))).toBe(given.value);
  });

  test('of sha1 and crc32c is the digest of the digests, and their number', async () => {
    const parts = ['0a'.repeat(20), '0b'.repeat(20)];
    const sha1 = await oneShot('sha1', Buffer.from(parts.join(''), 'hex'));
    const crc32c = await oneShot('crc32c', Buffer.from('0102030405060708', 'hex'));

    expect(compositeChecksum('sha1', parts)).toBe(`${sha1}-2`);
    expect(compositeChecksum('crc32c', ['01020304', '05060708'])).toBe(`${crc32c}-2`);
  });
});

describe('what S3 holds of the parts', () => {
  const composite = (algorithm: StoredChecksum['algorithm'], parts?: number): StoredChecksum => {
    const base = { algorithm, value: 'ff', type: 'COMPOSITE' } as const;
    return parts === undefined ? base : { ...base, parts };
  };

  test('is the cheapest composite checksum, before the ETag', () => {
    const description = described(`${MD5}-2`, [composite('sha256', 2), composite('crc32', 2)]);

    expect(partsChecksum(description)).toEqual({ algorithm: 'crc32', value: 'ff-2', parts: 2 });
  });

  test('is a composite checksum even where the ETag is no MD5', () => {
    expect(partsChecksum(described(`${MD5}-2`, [composite('sha1', 2)], 'aws:kms'))).toMatchObject({
      algorithm: 'sha1',
    });
  });

  test('takes the number of parts from the ETag, where the checksum does not say it', () => {
    expect(partsChecksum(described(`${MD5}-7`, [composite('sha1')]))).toMatchObject({ parts: 7 });
  });

  test('is else the multipart ETag', () => {
    const full = { algorithm: 'crc64nvme', value: '00', type: 'FULL_OBJECT' } as const;

    expect(partsChecksum(described(`${MD5}-12`, [full]))).toEqual({
      algorithm: 'md5',
      value: `${MD5}-12`,
      parts: 12,
    });
  });

  test('is nothing, without a complaint, of an object uploaded in one piece', () => {
    expect(partsChecksum(described(MD5))).toEqual({ algorithm: undefined });
  });

  test('is nothing where S3 says that the ETag is no MD5, and the reason tells', () => {
    expect(partsChecksum(described(`${MD5}-2`, [], 'aws:kms'))).toEqual({
      algorithm: undefined,
      reason: 'the ETag of an object encrypted with aws:kms is no MD5',
    });
  });
});

describe('the layout of parts', () => {
  test('is what S3 lists, if that adds up', () => {
    expect(layOutParts(26, 4, [10, 10, 5, 1], 3)).toEqual({
      runs: [
        { count: 2, sizeBytes: 10 },
        { count: 1, sizeBytes: 5 },
        { count: 1, sizeBytes: 1 },
      ],
    });
    for (const listed of [[10, 10, 5], [10, 10, 5, 2], []]) {
      expect(layOutParts(26, 4, listed, undefined).runs).toBeUndefined();
    }
  });

  test.each([
    [25, 3, 10, [10, 10, 5]],
    [30, 3, 10, [10, 10, 10]],
    [5, 1, 10, [5]],
  ])('of %d bytes in %d parts of %d bytes is %j', (sizeBytes, parts, partSizeBytes, sizes) => {
    const { runs } = layOutParts(sizeBytes, parts, undefined, partSizeBytes);

    expect([...partSizes(runs ?? [])]).toEqual(sizes);
  });

  test.each([
    [25, 3, undefined, 'S3 does not tell the sizes of its parts: give --part-size-bytes'],
    [25, 2, 10, 'parts of 10 bytes would not be 2, as S3 says there are'],
    [20, 3, 10, 'parts of 10 bytes would not be 3, as S3 says there are'],
  ])('of %d bytes in %d parts of %s bytes cannot be told: %s', (sizeBytes, parts, partSizeBytes, reason) => {
    expect(layOutParts(sizeBytes, parts, undefined, partSizeBytes)).toEqual({ runs: undefined, reason });
  });
});

describe('batches of parts', () => {
  const sizesOf = (runs: Parameters<typeof batchesOf>[0], done: number, bytes: number) =>
    batchesOf(runs, done, bytes).map((batch) => batch.partSizes);

  test('take as many parts as fit, one at least', () => {
    const runs = [
      { count: 3, sizeBytes: 10 },
      { count: 1, sizeBytes: 50 },
      { count: 1, sizeBytes: 1 },
    ];

    expect(sizesOf(runs, 0, 25)).toEqual([[10, 10], [10], [50], [1]]);
    expect(batchesOf(runs, 0, 25)[1]).toEqual({
      firstPart: 3,
      partSizes: [10],
      startByte: 20,
      endByteExclusive: 30,
    });
  });

  test('go on behind the parts that are done, also those of no bytes', () => {
    const runs = [
      { count: 2, sizeBytes: 10 },
      { count: 1, sizeBytes: 0 },
    ];

    expect(batchesOf(runs, 1, 10)).toEqual([
      { firstPart: 2, partSizes: [10, 0], startByte: 10, endByteExclusive: 20 },
    ]);
    expect(sizesOf(runs, 2, 10)).toEqual([[0]]);
    expect(sizesOf(runs, 3, 10)).toEqual([]);
  });

  test("cover S3's 10,000 parts without one that is too long for a heartbeat", () => {
    const batches = batchesOf([{ count: 10_000, sizeBytes: 5 * MIB }], 0, 1e15);

    expect(Math.max(...batches.map((batch) => batch.partSizes.length))).toBe(MAX_PARTS_PER_BATCH);
    expect(batches.reduce((sum, batch) => sum + batch.partSizes.length, 0)).toBe(10_000);
    expect(batches.at(-1)?.endByteExclusive).toBe(10_000 * 5 * MIB);
  });
});
