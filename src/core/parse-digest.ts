import { ALGORITHM_TRAITS, type Algorithm } from './algorithms.js';

/**
 * A digest as people write it: hex in any case, or base64 as S3 has it. Returns lower-case hex; undefined when it is no
 * digest of this algorithm.
 */
export function tryParseDigest(algorithm: Algorithm, text: string): string | undefined {
  const { digestHexLength } = ALGORITHM_TRAITS[algorithm];
  const trimmed = text.trim();
  if (new RegExp(`^[0-9a-fA-F]{${String(digestHexLength)}}$`).test(trimmed)) return trimmed.toLowerCase();
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(trimmed)) return undefined;
  const hex = hexOfBase64(trimmed);
  return hex.length === digestHexLength ? hex : undefined;
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

function hexOfBase64(text: string): string {
  const digits = Array.from(text.replaceAll('=', ''), (c) => ALPHABET.indexOf(c));
  const bits = digits.map((digit) => digit.toString(2).padStart(6, '0')).join('');
  const bytes = bits.match(/.{8}/g) ?? [];
  return bytes.map((byte) => Number.parseInt(byte, 2).toString(16).padStart(2, '0')).join('');
}
