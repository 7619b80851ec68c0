import { createHash } from 'node:crypto';
import { randomPieces } from '../../src/demo/random-bytes.js';

/** The bytes of a benchmark object, in pieces: the same for the same name whoever asks. */
export function piecesOf(name: string, sizeBytes: number): Generator<Buffer> {
  const seed = createHash('sha512').update(`midstate bench ${name}`).digest();
  return randomPieces(seed.subarray(0, 32), seed.subarray(32, 48), sizeBytes);
}
