/**
 * The hash functions written out from their specifications, slowly and without any library, for tests to compare
 * with: canonical states of docs/midstate-format.md, and digests from any state and byte count.
 */
import type { Algorithm } from '../../src/core/algorithms.js';
import { blake3Digest, blake3State } from './hashing-reference-blake3.js';

type Compress = (state: Uint8Array, block: Uint8Array) => Uint8Array;

interface BlockHash {
  readonly blockBytes: number;
  readonly lengthBytes: number;
  readonly littleEndian?: true;
  readonly initial: Uint8Array;
  readonly compress: Compress;
}

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));

// ---- RFC 1321 (md5) and FIPS 180-4 section 6.1 (sha1)

const rotl = (x: number, n: number): number => ((x << n) | (x >>> (32 - n))) >>> 0;

function words(bytes: Uint8Array, littleEndian: boolean): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length / 4 }, (_, i) => view.getUint32(i * 4, littleEndian));
}

function bytesOf(values: readonly number[], littleEndian: boolean): Uint8Array {
  const view = new DataView(new ArrayBuffer(values.length * 4));
  values.forEach((value, i) => {
    view.setUint32(i * 4, value, littleEndian);
  });
  return new Uint8Array(view.buffer);
}

const MD5_SHIFTS = [
  [7, 12, 17, 22],
  [5, 9, 14, 20],
  [4, 11, 16, 23],
  [6, 10, 15, 21],
] as const;

const md5Compress: Compress = (state, block) => {
  const x = words(block, true);
  const [a0 = 0, b0 = 0, c0 = 0, d0 = 0] = words(state, true);
  let [a, b, c, d] = [a0, b0, c0, d0];
  for (let i = 0; i < 64; i++) {
    const round = i >> 4;
    const f = [(b & c) | (~b & d), (b & d) | (c & ~d), b ^ c ^ d, c ^ (b | ~d)][round] ?? 0;
    const k = [i, 5 * i + 1, 3 * i + 5, 7 * i][round] ?? 0;
    const sum = a + f + Math.floor(2 ** 32 * Math.abs(Math.sin(i + 1))) + (x[k % 16] ?? 0);
    [a, b, c, d] = [d, (b + rotl(sum >>> 0, MD5_SHIFTS[round]?.[i % 4] ?? 0)) >>> 0, b, c];
  }
  return bytesOf([a0 + a, b0 + b, c0 + c, d0 + d], true);
};

const sha1Compress: Compress = (state, block) => {
  const w = words(block, false);
  for (let t = 16; t < 80; t++) {
    w[t] = rotl((w[t - 3] ?? 0) ^ (w[t - 8] ?? 0) ^ (w[t - 14] ?? 0) ^ (w[t - 16] ?? 0), 1);
  }
  const start = words(state, false);
  let [a = 0, b = 0, c = 0, d = 0, e = 0] = start;
  for (let t = 0; t < 80; t++) {
    const stage = Math.floor(t / 20);
    const f = [(b & c) | (~b & d), b ^ c ^ d, (b & c) | (b & d) | (c & d), b ^ c ^ d][stage] ?? 0;
    const k = [0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6][stage] ?? 0;
    [a, b, c, d, e] = [(rotl(a, 5) + (f >>> 0) + e + k + (w[t] ?? 0)) >>> 0, a, rotl(b, 30), c, d];
  }
  return bytesOf(
    [a, b, c, d, e].map((value, i) => value + (start[i] ?? 0)),
    false,
  );
};

// ---- FIPS 180-4 sections 4.2, 5.3 and 6.2 to 6.4 (sha256 and sha512), constants from the roots of primes

function primes(count: number): bigint[] {
  const found: bigint[] = [];
  for (let n = 2n; found.length < count; n++) if (found.every((p) => n % p !== 0n)) found.push(n);
  return found;
}

function integerRoot(value: bigint, degree: bigint): bigint {
  let [low, high] = [0n, value + 1n];
  while (high - low > 1n) {
    const middle = (low + high) / 2n;
    if (middle ** degree <= value) low = middle;
    else high = middle;
  }
  return low;
}

interface Sha2 {
  readonly bits: bigint;
  readonly rounds: number;
  readonly bigSigma: readonly (readonly bigint[])[];
  readonly smallSigma: readonly (readonly bigint[])[];
}

function sha2({ bits, rounds, bigSigma, smallSigma }: Sha2): { initial: Uint8Array; compress: Compress } {
  const mask = (1n << bits) - 1n;
  const size = Number(bits / 8n);
  const load = (bytes: Uint8Array): bigint[] =>
    Array.from({ length: bytes.length / size }, (_, i) =>
      BigInt(`0x${Buffer.from(bytes.subarray(i * size, (i + 1) * size)).toString('hex')}`),
    );
  const store = (values: readonly bigint[]): Uint8Array =>
    hex(values.map((value) => (value & mask).toString(16).padStart(size * 2, '0')).join(''));
  const rotr = (x: bigint, n: bigint): bigint => ((x >> n) | (x << (bits - n))) & mask;
  const big = (x: bigint, which: number): bigint =>
    (bigSigma[which] ?? []).reduce((sum, n) => sum ^ rotr(x, n), 0n);
  const small = (x: bigint, which: number): bigint => {
    const [first = 0n, second = 0n, shift = 0n] = smallSigma[which] ?? [];
    return rotr(x, first) ^ rotr(x, second) ^ (x >> shift);
  };
  const k = primes(rounds).map((p) => integerRoot(p << (3n * bits), 3n) & mask);
  const initial = store(primes(8).map((p) => integerRoot(p << (2n * bits), 2n) & mask));
  const compress: Compress = (state, block) => {
    const w = load(block);
    for (let t = 16; t < rounds; t++) {
      w[t] =
        (small(w[t - 2] ?? 0n, 1) + (w[t - 7] ?? 0n) + small(w[t - 15] ?? 0n, 0) + (w[t - 16] ?? 0n)) & mask;
    }
    const start = load(state);
    let [a = 0n, b = 0n, c = 0n, d = 0n, e = 0n, f = 0n, g = 0n, h = 0n] = start;
    for (let t = 0; t < rounds; t++) {
      const t1 = h + big(e, 1) + ((e & f) ^ (~e & mask & g)) + (k[t] ?? 0n) + (w[t] ?? 0n);
      const t2 = big(a, 0) + ((a & b) ^ (a & c) ^ (b & c));
      [a, b, c, d, e, f, g, h] = [(t1 + t2) & mask, a, b, c, (d + t1) & mask, e, f, g];
    }
    return store([a, b, c, d, e, f, g, h].map((value, i) => value + (start[i] ?? 0n)));
  };
  return { initial, compress };
}

const BLOCK_HASHES: Partial<Record<Algorithm, BlockHash>> = {
  md5: {
    blockBytes: 64,
    lengthBytes: 8,
    littleEndian: true,
    initial: hex('0123456789abcdeffedcba9876543210'),
    compress: md5Compress,
  },
  sha1: {
    blockBytes: 64,
    lengthBytes: 8,
    initial: hex('67452301efcdab8998badcfe10325476c3d2e1f0'),
    compress: sha1Compress,
  },
  sha256: {
    blockBytes: 64,
    lengthBytes: 8,
    ...sha2({
      bits: 32n,
      rounds: 64,
      bigSigma: [
        [2n, 13n, 22n],
        [6n, 11n, 25n],
      ],
      smallSigma: [
        [7n, 18n, 3n],
        [17n, 19n, 10n],
      ],
    }),
  },
  sha512: {
    blockBytes: 128,
    lengthBytes: 16,
    ...sha2({
      bits: 64n,
      rounds: 80,
      bigSigma: [
        [28n, 34n, 39n],
        [14n, 18n, 41n],
      ],
      smallSigma: [
        [1n, 8n, 7n],
        [19n, 61n, 6n],
      ],
    }),
  },
};

// ---- CRCs, a bit at a time; reflected polynomials from the CRC catalogue

const CRCS: Partial<Record<Algorithm, { readonly polynomial: bigint; readonly bits: bigint }>> = {
  crc32: { polynomial: 0xedb88320n, bits: 32n },
  crc32c: { polynomial: 0x82f63b78n, bits: 32n },
  crc64nvme: { polynomial: 0x9a6c9329ac4bc9b5n, bits: 64n },
};

function crcRegister(polynomial: bigint, register: bigint, bytes: Uint8Array): bigint {
  for (const byte of bytes) {
    register ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit++)
      register = register & 1n ? (register >> 1n) ^ polynomial : register >> 1n;
  }
  return register;
}

const bigEndian = (value: bigint, bits: bigint): Uint8Array =>
  hex(value.toString(16).padStart(Number(bits) / 4, '0'));
const toBigInt = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString('hex')}`);

/** Canonical state after `bytes`, whose length is a multiple of the algorithm's block. */
export function referenceState(algorithm: Algorithm, bytes: Uint8Array): Uint8Array {
  const crc = CRCS[algorithm];
  if (crc) return bigEndian(crcRegister(crc.polynomial, (1n << crc.bits) - 1n, bytes), crc.bits);
  const hash = BLOCK_HASHES[algorithm];
  if (!hash) return blake3State(bytes);
  return absorb(hash, hash.initial, bytes);
}

/** Digest, in hex, of an input that led to `state` after `bytesHashed` bytes and ends with `rest`. */
export function referenceDigest(
  algorithm: Algorithm,
  state: Uint8Array,
  bytesHashed: number,
  rest: Uint8Array,
): string {
  const crc = CRCS[algorithm];
  const hash = BLOCK_HASHES[algorithm];
  if (crc) {
    const register = crcRegister(crc.polynomial, toBigInt(state), rest);
    return Buffer.from(bigEndian(register ^ ((1n << crc.bits) - 1n), crc.bits)).toString('hex');
  }
  if (!hash) return blake3Digest(state, bytesHashed, rest);
  const zeros = hash.blockBytes - 1 - ((rest.length + hash.lengthBytes) % hash.blockBytes);
  const length = bigEndian((BigInt(bytesHashed) + BigInt(rest.length)) * 8n, BigInt(hash.lengthBytes * 8));
  if (hash.littleEndian) length.reverse();
  const padded = Buffer.concat([rest, Uint8Array.of(0x80), new Uint8Array(zeros), length]);
  return Buffer.from(absorb(hash, state, padded)).toString('hex');
}

function absorb(hash: BlockHash, state: Uint8Array, bytes: Uint8Array): Uint8Array {
  for (let at = 0; at < bytes.length; at += hash.blockBytes) {
    state = hash.compress(state, bytes.subarray(at, at + hash.blockBytes));
  }
  return state;
}
