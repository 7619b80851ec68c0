import { describe, expect, test } from 'vitest';
import type { ObjectDescription, Proof, StoredChecksum } from '../../src/core/contracts.js';
import {
  describeProof,
  evidenceOf,
  judgeDigests,
  onlyDigests,
  proveDigests,
  requireSameRead,
  reusableDigests,
  withProofAlgorithm,
} from '../../src/core/proof.js';

const FULL = { algorithm: 'crc32c', value: 'aabbccdd', type: 'FULL_OBJECT' } as const;
const COMPOSITE = { algorithm: 'sha256', value: 'ff', type: 'COMPOSITE', parts: 2 } as const;
const MD5 = '5d41402abc4b2a76b9719d911017c592';

function described(
  storedChecksums: readonly StoredChecksum[],
  { etag = MD5, ...rest }: { etag?: string; encryption?: string; bucket?: string } = {},
): ObjectDescription {
  const { bucket = 'b', ...encryption } = rest;
  const object = { bucket, key: 'k', etag, sizeBytes: 5 };
  return { object, storageClass: 'STANDARD', storedChecksums, isSidecar: false, ...encryption };
}

describe('a proof', () => {
  test('is the stored full-object checksum that the bytes read have', () => {
    const proof = proveDigests({ sha1: 'x', crc32c: 'aabbccdd' }, described([COMPOSITE, FULL]));

    expect(proof).toEqual({ kind: 'stored-checksum', algorithm: 'crc32c', value: 'aabbccdd' });
  });

  test('fails as CorruptRead when any comparable checksum differs, even beside one that agrees', () => {
    const digests = { crc32c: 'aabbccdd', crc64nvme: '01' };
    const stored = [FULL, { algorithm: 'crc64nvme', value: '02', type: 'FULL_OBJECT' }] as const;

    expect(() => proveDigests(digests, described(stored))).toThrow(
      expect.objectContaining({ failure: 'CorruptRead', facts: { expected: '02', actual: '01' } }),
    );
  });

  test('never compares a composite checksum, which is no digest of the bytes', () => {
    const proof = proveDigests({ sha256: 'other' }, described([COMPOSITE]));

    expect(proof).toEqual({
      kind: 'none',
      reason: 'S3 holds sha256 (composite): no checksum of the whole object',
    });
  });

  test('is missing, with the reason, when S3 holds no checksum', () => {
    expect(proveDigests({ sha1: 'x' }, described([]))).toEqual({
      kind: 'none',
      reason: 'S3 holds no checksum of this object',
    });
  });

  test('is missing, with the reason, when the algorithm that proves could not be computed', () => {
    const proof = proveDigests({ sha1: 'x' }, described([FULL]));

    expect(proof).toEqual({
      kind: 'none',
      reason:
        'S3 holds crc32c (full object), but the hash went on from a checkpoint that has no midstate of it',
    });
  });

  test('is the ETag only where that was asked for, and S3 holds nothing better', () => {
    expect(proveDigests({ md5: MD5 }, described([]))).toMatchObject({ kind: 'none' });
    expect(proveDigests({ md5: MD5 }, described([]), true)).toEqual({
      kind: 'stored-etag',
      algorithm: 'md5',
      value: MD5,
    });
    expect(proveDigests({ md5: MD5, crc32c: 'aabbccdd' }, described([FULL]), true)).toMatchObject({
      kind: 'stored-checksum',
    });
    expect(() => proveDigests({ md5: 'other' }, described([]), true)).toThrow(
      expect.objectContaining({ failure: 'CorruptRead' }),
    );
  });

  test('fails as CorruptRead when two reads of the same object differ', () => {
    expect(() => {
      requireSameRead('crc64nvme', '01', '01');
    }).not.toThrow();
    for (const [first, second] of [
      ['01', '02'],
      ['01', undefined],
      [undefined, undefined],
    ]) {
      expect(() => {
        requireSameRead('crc64nvme', first, second);
      }).toThrow(expect.objectContaining({ failure: 'CorruptRead' }));
    }
  });
});

describe('the ETag of an object', () => {
  test.each([
    ['is an MD5 without encryption', MD5, {}, 'md5'],
    ['is an MD5 with SSE-S3', MD5, { encryption: 'AES256' }, 'md5'],
    ['is none with KMS', MD5, { encryption: 'aws:kms' }, undefined],
    ['is none with double KMS', MD5, { encryption: 'aws:kms:dsse' }, undefined],
    ['is none with a key of the customer', MD5, { encryption: 'SSE-C' }, undefined],
    ['is none of the whole object after an upload in parts', `${MD5}-2`, {}, undefined],
    ['is none in a directory bucket', MD5, { bucket: 'b--use1-az4--x-s3' }, undefined],
    ['is none when it does not look like one', 'not an md5', {}, undefined],
  ] as const)('%s', (_, etag, options, algorithm) => {
    const [evidence] = evidenceOf(described([], { etag, ...options }), true);

    expect(evidence?.algorithm).toBe(algorithm);
  });
});

describe('the algorithms computed', () => {
  const stored = (...algorithms: StoredChecksum['algorithm'][]) =>
    evidenceOf(
      described(algorithms.map((algorithm) => ({ algorithm, value: '00', type: 'FULL_OBJECT' }))),
      true,
    );

  test.each([
    [['sha1'], ['crc64nvme'], ['sha1', 'crc64nvme']],
    [['sha1'], ['sha256', 'crc32', 'crc32c'], ['sha1', 'crc32c']],
    [
      ['md5', 'sha512'],
      ['sha256', 'sha1'],
      ['md5', 'sha512'],
    ],
    [['sha512'], ['sha256', 'sha1'], ['sha512', 'sha1']],
    [['sha256'], ['crc64nvme', 'sha256'], ['sha256']],
    [['crc32', 'sha1'], ['crc32'], ['crc32', 'sha1']],
    [['sha1'], [], ['sha1', 'md5']],
  ] as const)('for %j where S3 holds %j are %j', (asked, held, computed) => {
    expect(withProofAlgorithm(asked, stored(...held))).toEqual(computed);
  });

  test('are those asked for where S3 holds nothing of the whole object', () => {
    expect(
      withProofAlgorithm(['sha1'], evidenceOf(described([COMPOSITE], { etag: `${MD5}-2` }), true)),
    ).toEqual(['sha1']);
  });

  test('beside those asked for are never published', () => {
    expect(onlyDigests({ crc64nvme: '1', sha1: '2' }, ['sha1', 'md5'])).toEqual({ sha1: '2' });
  });
});

describe('stored checksums', () => {
  test('are reused where they answer every algorithm', () => {
    const stored = [FULL, { algorithm: 'sha1', value: '11', type: 'FULL_OBJECT' }] as const;

    expect(reusableDigests(['sha1', 'crc32c'], stored)).toEqual({
      digests: { sha1: '11', crc32c: 'aabbccdd' },
    });
  });

  test('are not reused where one is missing or composite, and the reason names it', () => {
    expect(reusableDigests(['crc32c', 'sha256', 'md5'], [FULL, COMPOSITE])).toEqual({
      digests: undefined,
      reason: 'stored checksums not reused: S3 holds no full object checksum in sha256, md5',
    });
  });
});

describe('a proof in words', () => {
  test.each([
    [{ kind: 'stored-checksum', algorithm: 'crc32c', value: 'aa' }, 'proved by the crc32c that S3 holds, aa'],
    [
      { kind: 'stored-parts', algorithm: 'md5', value: 'aa-2', parts: 2 },
      'proved by the md5 of its 2 parts that S3 holds, aa-2',
    ],
    [{ kind: 'stored-etag', algorithm: 'md5', value: 'aa' }, 'proved by its ETag, aa'],
    [
      { kind: 'reused-stored', algorithms: ['crc32'] },
      'not read: the digests are the checksums that S3 holds',
    ],
    [{ kind: 'none', reason: 'no checksum' }, 'not proved: no checksum'],
  ] as const satisfies readonly (readonly [Proof, string])[])('%j is "%s"', (proof, words) => {
    expect(describeProof(proof)).toBe(words);
  });
});

describe('a verdict', () => {
  test.each([
    ['unverified', undefined],
    ['unverified', {}],
    ['unverified', { md5: 'not computed' }],
    ['match', { sha1: 'ab' }],
    ['match', { sha1: 'AB' }],
    ['match', { sha1: 'ab', md5: 'not computed' }],
    ['mismatch', { sha1: 'ac' }],
    ['mismatch', { sha1: 'ab', sha256: 'no' }],
    ['mismatch', { sha1: '' }],
  ] as const)('is %s for the claim %j', (verdict, expected) => {
    expect(judgeDigests({ sha1: 'ab', sha256: 'cd' }, expected)).toBe(verdict);
  });
});
