import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import { createBLAKE3, createCRC32, createCRC64, type IHasher } from 'hash-wasm';
import type { S3Client } from '@aws-sdk/client-s3';
import type { Algorithm } from '../../src/core/algorithms.js';
import { uploadObject } from '../../src/storage/upload-object.js';
import { piecesOf } from './random-bytes.js';

export const BUCKET = 'bench';

/** An object on the S3 server, with what its digests must be. */
export interface BenchObject {
  readonly key: string;
  readonly sizeBytes: number;
  readonly digests: Readonly<Partial<Record<Algorithm, string>>>;
}

/** Polynomials in the reflected form: CRC-32C (iSCSI) and CRC-64/NVME. */
const POLYNOMIALS = { crc32c: 0x82f63b78, crc64nvme: '9a6c9329ac4bc9b5' } as const;

interface Reference {
  update(bytes: Buffer): void;
  digest(): string;
}

/**
 * Makes an object's bytes, uploads them in parts with a composite checksum (the usual upload of the AWS command line: it proves
 * nothing of the whole object, so every contender computes what it is asked for and no more), and takes the digests with
 * other people's implementations on the way.
 */
export async function makeObject(
  s3: S3Client,
  { key, sizeBytes }: Pick<BenchObject, 'key' | 'sizeBytes'>,
  algorithms: readonly Algorithm[],
): Promise<BenchObject> {
  const references = await Promise.all(
    algorithms.map(async (algorithm) => [algorithm, await createReference(algorithm)] as const),
  );
  function* pieces(): Generator<Buffer> {
    for (const piece of piecesOf(key, sizeBytes)) {
      for (const [, reference] of references) reference.update(piece);
      yield piece;
    }
  }
  const body = Readable.from(pieces(), { objectMode: false, highWaterMark: 1 << 20 });
  await uploadObject(s3, { bucket: BUCKET, key, body, checksum: 'CRC32', onProgress: () => undefined });
  const digests = Object.fromEntries(references.map(([name, reference]) => [name, reference.digest()]));
  return { key, sizeBytes, digests };
}

async function createReference(algorithm: Algorithm): Promise<Reference> {
  switch (algorithm) {
    case 'md5':
    case 'sha1':
    case 'sha256':
    case 'sha512': {
      const hash = createHash(algorithm);
      return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest('hex') };
    }
    case 'crc32': {
      let register = 0;
      return {
        update: (bytes) => {
          register = crc32(bytes, register);
        },
        digest: () => register.toString(16).padStart(8, '0'),
      };
    }
    case 'crc32c':
      return ofWasm(await createCRC32(POLYNOMIALS.crc32c));
    case 'crc64nvme':
      return ofWasm(await createCRC64(POLYNOMIALS.crc64nvme));
    case 'blake3':
      return ofWasm(await createBLAKE3());
  }
}

function ofWasm(hasher: IHasher): Reference {
  hasher.init();
  return { update: (bytes) => void hasher.update(bytes), digest: () => hasher.digest('hex') };
}
