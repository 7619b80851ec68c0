import { ALGORITHM_TRAITS, type Algorithm } from './algorithms.js';

/** Algorithms of which the digests of two pieces give the digest of both, the strongest first. */
export const COMBINABLE_ALGORITHMS = ['crc64nvme', 'crc32c', 'crc32'] as const satisfies readonly Algorithm[];

export type CombinableAlgorithm = (typeof COMBINABLE_ALGORITHMS)[number];

export function isCombinable(algorithm: Algorithm): algorithm is CombinableAlgorithm {
  return (COMBINABLE_ALGORITHMS as readonly Algorithm[]).includes(algorithm);
}

/** Polynomials of the CRC catalogue, reflected: the lowest bit is the highest power of x, the leading term left out. */
const POLYNOMIALS: Readonly<Record<CombinableAlgorithm, bigint>> = {
  crc32: 0xedb88320n,
  crc32c: 0x82f63b78n,
  crc64nvme: 0x9a6c9329ac4bc9b5n,
};

/** Arithmetic on polynomials over GF(2) modulo the CRC's, each a reflected word. */
interface Field {
  readonly polynomial: bigint;
  /** The word that stands for 1: its highest bit. */
  readonly one: bigint;
  /** x^(2^k) at index k, filled as far as it was needed. */
  readonly powers: bigint[];
}

const FIELDS = new Map<CombinableAlgorithm, Field>();

/**
 * The CRC of A followed by B, from the CRC of each: `a · x^(8·|B|) + b` modulo the CRC's polynomial. Appending a byte
 * multiplies the register by x^8; the all-ones it starts with and is complemented with cancel out. Takes 0.02 to 1 ms.
 *
 * @param a digest of A, lower-case hex
 * @param b digest of B, lower-case hex
 * @param lengthOfBBytes 0 to 2^53 - 1
 */
export function combineCrc(
  algorithm: CombinableAlgorithm,
  a: string,
  b: string,
  lengthOfBBytes: number,
): string {
  const field = fieldOf(algorithm);
  const shifted = multiply(field, powerOfX(field, lengthOfBBytes), BigInt(`0x${a}`));
  const { digestHexLength } = ALGORITHM_TRAITS[algorithm];
  return (shifted ^ BigInt(`0x${b}`)).toString(16).padStart(digestHexLength, '0');
}

/** The CRC of no bytes. */
export function emptyCrc(algorithm: CombinableAlgorithm): string {
  return '0'.repeat(ALGORITHM_TRAITS[algorithm].digestHexLength);
}

function fieldOf(algorithm: CombinableAlgorithm): Field {
  const known = FIELDS.get(algorithm);
  if (known !== undefined) return known;
  const one = 1n << BigInt(4 * ALGORITHM_TRAITS[algorithm].digestHexLength - 1);
  const field = { polynomial: POLYNOMIALS[algorithm], one, powers: [one >> 1n] };
  FIELDS.set(algorithm, field);
  return field;
}

/** x^(8 · byteCount), by squaring. */
function powerOfX(field: Field, byteCount: number): bigint {
  let product = field.one;
  for (let k = 3, left = byteCount; left > 0; k++, left = Math.floor(left / 2)) {
    if (left % 2 === 1) product = multiply(field, squaredPower(field, k), product);
  }
  return product;
}

/** x^(2^k). */
function squaredPower(field: Field, k: number): bigint {
  for (let last = field.powers.length - 1; last < k; last++) {
    const power = field.powers[last] ?? field.one;
    field.powers.push(multiply(field, power, power));
  }
  return field.powers[k] ?? field.one;
}

/** Adds up `b · x^i` for each power i in `a`, from the lowest, which is the highest bit. */
function multiply({ polynomial, one }: Field, a: bigint, b: bigint): bigint {
  let sum = 0n;
  let shifted = b;
  for (let bit = one; bit > 0n; bit >>= 1n) {
    if ((a & bit) !== 0n) sum ^= shifted;
    shifted = (shifted & 1n) === 0n ? shifted >> 1n : (shifted >> 1n) ^ polynomial;
  }
  return sum;
}
