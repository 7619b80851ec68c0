import type { Algorithm } from './algorithms.js';
import type { HashObjectInput, ObjectDescription, Proof, StoredChecksum, Verdict } from './contracts.js';
import { etagMeaning } from './etag.js';
import { MidstateError } from './failures.js';

type Digests = Partial<Record<Algorithm, string>>;

/** Something S3 holds that the digest of the whole object must equal. */
export type Evidence = Extract<Proof, { readonly kind: 'stored-checksum' | 'stored-etag' }>;

/** CPU that an algorithm costs where it is computed for the proof alone: the CRCs next to nothing. */
const CHEAPEST_FIRST: readonly Algorithm[] = ['crc64nvme', 'crc32c', 'crc32', 'sha1', 'sha256', 'md5'];

/**
 * What the object's digests can be compared with.
 * @param withEtag take the ETag of an object uploaded in one piece for its MD5, where S3 says that it is
 */
export function evidenceOf(description: ObjectDescription, withEtag = false): Evidence[] {
  const checksums = description.storedChecksums.filter(isFullObject).map(({ algorithm, value }): Evidence => {
    return { kind: 'stored-checksum', algorithm, value };
  });
  const etag = etagMeaning(description);
  if (!withEtag || etag.md5 === undefined || etag.parts !== undefined) return checksums;
  return [...checksums, { kind: 'stored-etag', algorithm: 'md5', value: etag.md5 }];
}

/**
 * The algorithms to compute in one read: those asked for, and, where none of them can be compared with what S3 holds,
 * the cheapest that can.
 */
export function withProofAlgorithm(asked: readonly Algorithm[], evidence: readonly Evidence[]): Algorithm[] {
  const comparable = evidence.map(({ algorithm }) => algorithm);
  if (asked.some((algorithm) => comparable.includes(algorithm))) return [...asked];
  const cheapest = CHEAPEST_FIRST.find((algorithm) => comparable.includes(algorithm));
  return cheapest === undefined ? [...asked] : [...asked, cheapest];
}

/**
 * Compares digests with what S3 holds; of more than one that agree, names the first.
 * @throws MidstateError CorruptRead when one differs: other bytes were read than were stored
 */
export function proveDigests(digests: Digests, description: ObjectDescription, withEtag = false): Proof {
  const evidence = evidenceOf(description, withEtag);
  const comparable = evidence.filter(({ algorithm }) => digests[algorithm] !== undefined);
  for (const { algorithm, value } of comparable) requireEqual(algorithm, value, digests[algorithm]);
  return comparable[0] ?? { kind: 'none', reason: whyNotProven(description.storedChecksums, evidence) };
}

/**
 * Refuses a value that is not the one S3 holds.
 * @throws MidstateError CorruptRead
 */
export function requireEqual(algorithm: Algorithm, expected: string, actual: string | undefined): void {
  if (actual === expected) return;
  throw new MidstateError('CorruptRead', `the bytes read do not have the ${algorithm} that S3 holds`, {
    facts: { expected, actual },
  });
}

/**
 * Refuses a second read of an object that brought other bytes than the first.
 * @throws MidstateError CorruptRead
 */
export function requireSameRead(
  algorithm: Algorithm,
  first: string | undefined,
  second: string | undefined,
): void {
  if (first !== undefined && first === second) return;
  throw new MidstateError('CorruptRead', `two reads of the object differ in their ${algorithm}`, {
    facts: { expected: first, actual: second },
  });
}

/** S3's own checksums as digests, where they answer every algorithm; else why they do not. */
export function reusableDigests(
  algorithms: readonly Algorithm[],
  stored: readonly StoredChecksum[],
): { readonly digests: Digests } | { readonly digests: undefined; readonly reason: string } {
  const full = new Map(stored.filter(isFullObject).map(({ algorithm, value }) => [algorithm, value]));
  const missing = algorithms.filter((algorithm) => !full.has(algorithm));
  if (missing.length === 0) {
    return { digests: Object.fromEntries(algorithms.map((algorithm) => [algorithm, full.get(algorithm)])) };
  }
  const reason = `stored checksums not reused: S3 holds no full object checksum in ${missing.join(', ')}`;
  return { digests: undefined, reason };
}

/** The digests of `algorithms` alone: one computed for the proof is nobody's business. */
export function onlyDigests(digests: Digests, algorithms: readonly Algorithm[]): Digests {
  return Object.fromEntries(
    algorithms.flatMap((algorithm) => {
      const digest = digests[algorithm];
      return digest === undefined ? [] : [[algorithm, digest]];
    }),
  );
}

/** A proof in one line, for people. */
export function describeProof(proof: Proof): string {
  switch (proof.kind) {
    case 'stored-checksum':
      return `proved by the ${proof.algorithm} that S3 holds, ${proof.value}`;
    case 'stored-parts':
      return `proved by the ${proof.algorithm} of its ${String(proof.parts)} parts that S3 holds, ${proof.value}`;
    case 'stored-etag':
      return `proved by its ETag, ${proof.value}`;
    case 'reused-stored':
      return 'not read: the digests are the checksums that S3 holds';
    case 'none':
      return `not proved: ${proof.reason}`;
  }
}

function isFullObject({ type }: StoredChecksum): boolean {
  return type === 'FULL_OBJECT';
}

function whyNotProven(stored: readonly StoredChecksum[], evidence: readonly Evidence[]): string {
  if (stored.length === 0 && evidence.length === 0) return 'S3 holds no checksum of this object';
  const held = stored.map(({ algorithm, type }) => `${algorithm} (${type.toLowerCase().replace('_', ' ')})`);
  return evidence.length === 0
    ? `S3 holds ${held.join(', ')}: no checksum of the whole object`
    : `S3 holds ${held.join(', ')}, but the hash went on from a checkpoint that has no midstate of it`;
}

/** Compares with the digests the owner claims: `mismatch` if any differs, `unverified` if none was given. */
export function judgeDigests(digests: Digests, expected: HashObjectInput['expected']): Verdict {
  const claims = Object.entries(expected ?? {}) as [Algorithm, string][];
  const comparable = claims.filter(([algorithm]) => digests[algorithm] !== undefined);
  if (comparable.length === 0) return 'unverified';
  return comparable.every(([algorithm, value]) => digests[algorithm] === value.toLowerCase())
    ? 'match'
    : 'mismatch';
}
