/**
 * The hash alone: an object's bytes hashed from memory, each piece while it is warm in the cache, as it is after a read.
 * Only the hash is timed, by this process's CPU clock: neither start-up nor the making of the bytes.
 *
 * usage: node hash-alone.js native|node ALGORITHM KEY SIZE_BYTES; prints {cpuSeconds, digest}
 */
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { Algorithm } from '../../src/core/algorithms.js';
import { nativeEngine } from '../../src/hashing/native-engine.js';
import { piecesOf } from '../stage/random-bytes.js';

interface Hash {
  update(bytes: Buffer): void;
  digest(): string;
}

const [, , implementation, algorithm, key, sizeBytes] = process.argv as [
  string,
  string,
  'native' | 'node',
  Algorithm,
  string,
  string,
];

const hash = implementation === 'native' ? await createNative() : createNode();
let microseconds = 0;
for (const piece of piecesOf(key, Number(sizeBytes))) {
  const before = process.cpuUsage();
  hash.update(piece);
  const { user, system } = process.cpuUsage(before);
  microseconds += user + system;
}
process.stdout.write(`${JSON.stringify({ cpuSeconds: microseconds / 1e6, digest: hash.digest() })}\n`);

async function createNative(): Promise<Hash> {
  const { engine } = nativeEngine();
  if (engine === undefined) throw new Error('the native engine is not built');
  const hasher = await engine.createHasher([algorithm]);
  return {
    update: (bytes) => {
      hasher.update(bytes);
    },
    digest: () => hasher.digests()[algorithm] ?? '',
  };
}

function createNode(): Hash {
  if (algorithm !== 'crc32') {
    const inner = createHash(algorithm);
    return { update: (bytes) => void inner.update(bytes), digest: () => inner.digest('hex') };
  }
  let value = 0;
  return {
    update: (bytes) => {
      value = crc32(bytes, value);
    },
    digest: () => value.toString(16).padStart(8, '0'),
  };
}
