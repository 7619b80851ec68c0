import { createCipheriv, createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';

const PIECE_BYTES = 1 << 20;

export interface RandomObject {
  /** The object's bytes, made as they are read, under a random key. */
  readonly body: Readable;
  /** SHA-1 by `node:crypto`, taken while the bytes were made. Valid once the body has ended. */
  digest(): string;
}

/** Pseudo-random bytes, never sparse: AES-256 in counter mode, in pieces of 1 MiB and a rest. A piece is a new buffer each time. */
export function* randomPieces(key: Buffer, iv: Buffer, sizeBytes: number): Generator<Buffer> {
  const cipher = createCipheriv('aes-256-ctr', key, iv);
  const zeros = Buffer.alloc(PIECE_BYTES);
  for (let left = sizeBytes; left > 0; left -= PIECE_BYTES) {
    yield cipher.update(left < PIECE_BYTES ? zeros.subarray(0, left) : zeros);
  }
}

/** Makes an object's pseudo-random bytes and their digest, keeping neither the bytes nor a copy. */
export function createRandomObject(sizeBytes: number): RandomObject {
  const hash = createHash('sha1');
  function* pieces(): Generator<Buffer> {
    for (const piece of randomPieces(randomBytes(32), randomBytes(16), sizeBytes)) {
      hash.update(piece);
      yield piece;
    }
  }
  return {
    body: Readable.from(pieces(), { objectMode: false, highWaterMark: PIECE_BYTES }),
    digest: () => hash.digest('hex'),
  };
}
