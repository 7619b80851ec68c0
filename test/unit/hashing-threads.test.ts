import { describe, expect, test } from 'vitest';
import { hashThreads, MEMORY_CLASSES_MB } from '../../src/core/memory-classes.js';
import { createGatheringHasher } from '../../src/hashing/gathering-hasher.js';
import { threadedNativeEngine } from '../../src/hashing/index.js';
import { digestsOf, oneShot, randomBytesOf, seededRandom } from './hashing-engines.js';
import type { RangeHasher } from '../../src/core/ports.js';

const { engine, addon } = threadedNativeEngine(3);

describe.skipIf(addon === undefined)('several algorithms of one read on several threads', () => {
  test('give the digests of each alone, whatever the sizes of the pieces', async () => {
    const random = seededRandom(11);
    const bytes = randomBytesOf(700_001, random);
    const algorithms = ['md5', 'sha1', 'sha256', 'sha512', 'crc32', 'crc32c', 'crc64nvme', 'blake3'] as const;
    const pieces = [];
    for (let start = 0; start < bytes.length;) {
      const end = start + Math.ceil(random() * (random() < 0.1 ? 400_000 : 20_000));
      pieces.push(bytes.subarray(start, end));
      start = end;
    }

    const digests = await digestsOf(engine!, algorithms, pieces);

    for (const algorithm of algorithms) expect(digests[algorithm]).toBe(await oneShot(algorithm, bytes));
  });

  test('refuse a hash that is given twice, an ended one, and what is none', () => {
    const hash = addon!.create('sha1');
    const ended = addon!.create('md5');
    addon!.digest(ended);

    expect(() => {
      addon!.updateAll([hash, hash], new Uint8Array(1), 2);
    }).toThrow('each of them once');
    expect(() => {
      addon!.updateAll([hash, ended], new Uint8Array(1), 2);
    }).toThrow('no call after digest()');
    expect(() => {
      addon!.updateAll([hash, {} as never], new Uint8Array(1), 2);
    }).toThrow('expected what create()');
    expect(() => {
      addon!.updateAll([hash], new Uint8Array(1), 0);
    }).toThrow('threads');
    expect(() => {
      addon!.updateAll([hash], [1] as never, 1);
    }).toThrow('Uint8Array');
    expect(() => {
      addon!.updateAll(hash as never, new Uint8Array(1), 1);
    }).toThrow('array');
  });
});

test('only a class with more than one vCPU hashes on more than one thread', () => {
  expect(MEMORY_CLASSES_MB.map(hashThreads)).toEqual([1, 1, 1, 1, 2]);
});

test('small pieces reach the hasher as large ones, and are hashed before it is asked how far it is', () => {
  const sizes: number[] = [];
  const inner: RangeHasher = {
    get bytesHashed() {
      return sizes.reduce((sum, size) => sum + size, 0);
    },
    update: (bytes) => void sizes.push(bytes.length),
    midstates: () => [],
    digests: () => ({}),
  };
  const hasher = createGatheringHasher(inner);

  for (let i = 0; i < 40; i++) hasher.update(new Uint8Array(16_384));
  expect(sizes).toEqual([262_144, 262_144]);
  expect(hasher.bytesHashed).toBe(40 * 16_384);
  hasher.update(new Uint8Array(300_000));

  expect(sizes.at(-1)).toBe(300_000);
});
