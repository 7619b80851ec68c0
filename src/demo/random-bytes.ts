import { createCipheriv, createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';

const PIECE_BYTES = 1 << 20;

export interface RandomObject {
  /** The object's bytes, made as they are read: AES-256 in counter mode under a random key, never sparse. */
  readonly body: Readable;
  /** SHA-1 by `node:crypto`, taken while the bytes were made. Valid once the body has ended. */
  digest(): string;
}

/** Makes an object's pseudo-random bytes and their digest, keeping neither the bytes nor a copy. */
export function createRandomObject(sizeBytes: number): RandomObject {
  const cipher = createCipheriv('aes-256-ctr', randomBytes(32), randomBytes(16));
  const zeros = Buffer.alloc(PIECE_BYTES);
  const hash = createHash('sha1');
  function* pieces(): Generator<Buffer> {
    for (let left = sizeBytes; left > 0;) {
      const piece = cipher.update(left < PIECE_BYTES ? zeros.subarray(0, left) : zeros);
      left -= piece.length;
      hash.update(piece);
      yield piece;
    }
  }
  return {
    body: Readable.from(pieces(), { objectMode: false, highWaterMark: PIECE_BYTES }),
    digest: () => hash.digest('hex'),
  };
}
