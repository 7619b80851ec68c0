import { createCipheriv, createHash } from 'node:crypto';

const PIECE_BYTES = 1 << 20;

/**
 * The bytes of a benchmark object, the same for the same name whoever asks: AES-256 in counter mode, never sparse, in
 * pieces of 1 MiB and a rest. A piece is a new buffer each time.
 */
export function* randomPieces(name: string, sizeBytes: number): Generator<Buffer> {
  const seed = createHash('sha512').update(`midstate bench ${name}`).digest();
  const cipher = createCipheriv('aes-256-ctr', seed.subarray(0, 32), seed.subarray(32, 48));
  const zeros = Buffer.alloc(PIECE_BYTES);
  for (let left = sizeBytes; left > 0; left -= PIECE_BYTES) {
    yield cipher.update(left < PIECE_BYTES ? zeros.subarray(0, left) : zeros);
  }
}
