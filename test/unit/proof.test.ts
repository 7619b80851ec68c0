import { describe, expect, test } from 'vitest';
import { judgeDigests, proveDigests } from '../../src/core/proof.js';

const FULL = { algorithm: 'crc32c', value: 'aabbccdd', type: 'FULL_OBJECT' } as const;
const COMPOSITE = { algorithm: 'sha256', value: 'ff', type: 'COMPOSITE' } as const;

describe('a proof', () => {
  test('is the stored full-object checksum that the bytes read have', () => {
    const proof = proveDigests({ sha1: 'x', crc32c: 'aabbccdd' }, [COMPOSITE, FULL]);

    expect(proof).toEqual({ kind: 'stored-checksum', algorithm: 'crc32c', value: 'aabbccdd' });
  });

  test('fails as CorruptRead when any comparable checksum differs, even beside one that agrees', () => {
    const digests = { crc32c: 'aabbccdd', crc64nvme: '01' };
    const stored = [FULL, { algorithm: 'crc64nvme', value: '02', type: 'FULL_OBJECT' }] as const;

    expect(() => proveDigests(digests, stored)).toThrow(
      expect.objectContaining({ failure: 'CorruptRead', facts: { expected: '02', actual: '01' } }),
    );
  });

  test('never compares a composite checksum, which is no digest of the bytes', () => {
    const proof = proveDigests({ sha256: 'other' }, [COMPOSITE]);

    expect(proof).toMatchObject({
      kind: 'none',
      reason: expect.stringMatching(/sha256 \(composite\)/) as string,
    });
  });

  test('is missing, with the reason, when S3 holds no checksum', () => {
    expect(proveDigests({ sha1: 'x' }, [])).toEqual({
      kind: 'none',
      reason: 'S3 holds no checksum of this object',
    });
  });

  test('does not call a full object checksum a partial one when its algorithm was not computed', () => {
    const proof = proveDigests({ sha1: 'x' }, [FULL]);

    expect(proof).toEqual({
      kind: 'none',
      reason:
        'S3 holds crc32c (full object): none is a full object checksum of an algorithm that was computed',
    });
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
