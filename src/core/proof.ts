import type { HashObjectInput, Proof, StoredChecksum, Verdict } from './contracts.js';
import { MidstateError } from './failures.js';

type Digests = HashObjectInput['expected'];

/**
 * Compares the digests computed with the full-object checksums that S3 holds.
 * @throws MidstateError CorruptRead when one differs: other bytes were read than were stored
 */
export function proveDigests(digests: NonNullable<Digests>, stored: readonly StoredChecksum[]): Proof {
  const comparable = stored.filter((c) => c.type === 'FULL_OBJECT' && digests[c.algorithm] !== undefined);
  for (const { algorithm, value } of comparable) {
    const actual = digests[algorithm];
    if (actual !== value) {
      throw new MidstateError('CorruptRead', `the bytes read do not have the ${algorithm} that S3 holds`, {
        facts: { expected: value, actual },
      });
    }
  }
  const [first] = comparable;
  if (first !== undefined) return { kind: 'stored-checksum', algorithm: first.algorithm, value: first.value };
  const held = stored.map(({ algorithm, type }) => `${algorithm} (${type.toLowerCase().replace('_', ' ')})`);
  return {
    kind: 'none',
    reason:
      held.length === 0
        ? 'S3 holds no checksum of this object'
        : `S3 holds ${held.join(', ')}: none is a full object checksum of an algorithm that was computed`,
  };
}

/** Compares with the digests the owner claims: `mismatch` if any differs, `unverified` if none was given. */
export function judgeDigests(digests: NonNullable<Digests>, expected: Digests): Verdict {
  const claims = Object.entries(expected ?? {}) as [keyof NonNullable<Digests>, string][];
  const comparable = claims.filter(([algorithm]) => digests[algorithm] !== undefined);
  if (comparable.length === 0) return 'unverified';
  return comparable.every(([algorithm, value]) => digests[algorithm] === value.toLowerCase())
    ? 'match'
    : 'mismatch';
}
