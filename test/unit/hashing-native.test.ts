import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { ALGORITHM_TRAITS, ALGORITHMS } from '../../src/core/algorithms.js';
import { loadNativeAddon, type NativeAddon } from '../../src/hashing/index.js';
import type { WordAlgorithm } from '../../src/hashing/word-hash.js';
import { oneShot, randomBytesOf, seededRandom } from './hashing-engines.js';

const loaded = loadNativeAddon();
const NATIVE = ALGORITHMS.filter((algorithm) => algorithm !== 'blake3');

const hasCompiler = spawnSync('cc', ['--version']).status === 0;
const hasHeaders = existsSync(join(dirname(dirname(process.execPath)), 'include/node/node_api.h'));

test.skipIf(!hasCompiler || !hasHeaders)('the addon is there where a C compiler and the headers are', () => {
  expect(loaded, '`npm run build` makes it').toMatchObject({
    path: expect.stringContaining('.node') as string,
  });
});

describe.skipIf(loaded.addon === undefined)('the native addon', () => {
  const addon = loaded.addon as unknown as NativeAddon;
  const state = (algorithm: WordAlgorithm): Uint8Array =>
    new Uint8Array(ALGORITHM_TRAITS[algorithm].stateSizeBytes ?? 0);

  /** Whatever a caller without types could pass. */
  const JUNK: readonly unknown[] = [
    undefined,
    null,
    true,
    0,
    -1,
    1.5,
    Number.NaN,
    Infinity,
    2 ** 53,
    1n,
    '',
    'sha1',
    'sha1\0',
    'sha3',
    'x'.repeat(100_000),
    Symbol('sha1'),
    {},
    [],
    [1, 2, 3],
    () => 0,
    new Proxy({}, {}),
    new ArrayBuffer(20),
    new SharedArrayBuffer(20),
    new DataView(new ArrayBuffer(20)),
    new Uint8ClampedArray(20),
    new Int8Array(20),
    new Uint16Array(10),
    new Float64Array(3),
    Buffer.alloc(19),
    new Uint8Array(0),
    Object.create(addon.create('sha1')),
    new Date(),
  ];

  /** Calls with each of `JUNK` in place of one argument; what is refused must be a TypeError. */
  function refusals(call: (...args: never[]) => unknown, good: readonly unknown[], at: number): number {
    let refused = 0;
    for (const junk of JUNK) {
      try {
        Reflect.apply(call, undefined, good.with(at, junk));
      } catch (error) {
        expect(error, typeof junk).toBeInstanceOf(TypeError);
        refused += 1;
      }
    }
    return refused;
  }

  test('refuses wrong arguments with a TypeError, whatever they are', () => {
    const hash = addon.create('sha1');

    expect(refusals(addon.create, ['sha1'], 0)).toBe(JUNK.length - 1);
    expect(refusals(addon.create, ['sha1', 'table'], 1)).toBe(JUNK.length - 1);
    expect(refusals(addon.restore, ['sha1', state('sha1'), 0], 0)).toBe(JUNK.length - 1);
    expect(refusals(addon.restore, ['sha1', state('sha1'), 0], 1)).toBe(JUNK.length);
    expect(refusals(addon.restore, ['sha1', state('sha1'), 0], 2)).toBe(JUNK.length - 1);
    expect(refusals(addon.update, [hash, state('sha1')], 0)).toBe(JUNK.length);
    expect(refusals(addon.update, [hash, state('sha1')], 1)).toBe(JUNK.length - 2);
    for (const call of [addon.state, addon.digest]) expect(refusals(call, [hash], 0)).toBe(JUNK.length);
    for (const call of [addon.create, addon.restore, addon.update, addon.state, addon.digest]) {
      expect(() => {
        Reflect.apply(call, undefined, []);
      }).toThrow(TypeError);
    }
  });

  test.each(NATIVE)('refuses a %s state of another size, and a count off its block', (algorithm) => {
    const right = state(algorithm);
    const block = ALGORITHM_TRAITS[algorithm].blockSizeBytes;

    for (const size of [0, right.length - 1, right.length + 1, 1024]) {
      expect(() => addon.restore(algorithm, new Uint8Array(size), 0)).toThrow(TypeError);
    }
    for (const count of [-block, 0.5, block + 0.5, 2 ** 53, Infinity, Number.NaN]) {
      expect(() => addon.restore(algorithm, right, count)).toThrow(TypeError);
    }
    if (block > 1) expect(() => addon.restore(algorithm, right, block - 1)).toThrow(TypeError);
    expect(addon.state(addon.restore(algorithm, right, 2 ** 53 - block))).toEqual(Buffer.from(right));
  });

  test('takes the bytes of a view, no byte before or behind it', async () => {
    const memory = randomBytesOf(4096, seededRandom(11));
    for (const [start, end] of [
      [0, 4096],
      [1, 4095],
      [7, 8],
      [100, 100],
      [33, 1000],
    ] as const) {
      for (const algorithm of NATIVE) {
        const hash = addon.create(algorithm);
        addon.update(hash, new Uint8Array(memory.buffer, start, end - start));

        expect(addon.digest(hash).toString('hex')).toBe(
          await oneShot(algorithm, memory.subarray(start, end)),
        );
      }
    }
  });

  test('takes shared, resized and detached memory for what it is at the moment', async () => {
    const shared = new Uint8Array(new SharedArrayBuffer(100)).fill(1);
    const resizable = new (ArrayBuffer as unknown as new (n: number, o: object) => ArrayBuffer)(200, {
      maxByteLength: 400,
    });
    const tracking = new Uint8Array(resizable).fill(2);
    const fixed = new Uint8Array(resizable, 0, 200);
    (resizable as unknown as { resize(n: number): void }).resize(50);
    const detached = new Uint8Array(64).fill(3);
    structuredClone(detached, { transfer: [detached.buffer] });
    const hash = addon.create('sha256');

    for (const bytes of [shared, tracking, fixed, detached]) addon.update(hash, bytes);

    const expected = Buffer.concat([Buffer.alloc(100, 1), Buffer.alloc(50, 2)]);
    expect(addon.digest(hash).toString('hex')).toBe(await oneShot('sha256', expected));
  });

  test.each(NATIVE)('has a state of %s at block boundaries only', (algorithm) => {
    const hash = addon.create(algorithm);
    const block = ALGORITHM_TRAITS[algorithm].blockSizeBytes;
    for (let length = 1; length <= 3 * block; length++) {
      addon.update(hash, Uint8Array.of(length));

      if (length % block === 0) expect(addon.state(hash)).toHaveLength(state(algorithm).length);
      else expect(() => addon.state(hash)).toThrow(/block boundaries only/);
    }
  });

  test.each(NATIVE)('ends a %s with its digest', (algorithm) => {
    const hash = addon.create(algorithm);
    addon.digest(hash);

    for (const call of [addon.digest, addon.state]) expect(() => call(hash)).toThrow(/no call after digest/);
    expect(() => {
      addon.update(hash, new Uint8Array(1));
    }).toThrow(/no call after digest/);
  });

  test('survives any order of calls on any handles, and every digest is right', async () => {
    const random = seededRandom(12);
    const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
    for (let round = 0; round < 200; round++) {
      const algorithm = pick(NATIVE);
      const crc = pick([undefined, ...addon.crcImplementations]);
      const block = ALGORITHM_TRAITS[algorithm].blockSizeBytes;
      const pieces: Uint8Array[] = [];
      let length = 0;
      let hash = addon.create(algorithm, crc);
      for (let step = 0; step < 20; step++) {
        const memory = randomBytesOf(Math.floor(random() ** 3 * 6000) + 64, random);
        const start = Math.floor(random() * 64);
        const piece = memory.subarray(start, start + Math.floor(random() * (memory.length - start)));
        addon.update(hash, piece);
        pieces.push(piece);
        length += piece.length;
        if (length % block === 0 || random() < 0.3) {
          const pad = new Uint8Array((block - (length % block)) % block).fill(step);
          addon.update(hash, pad);
          pieces.push(pad);
          length += pad.length;
          hash = addon.restore(algorithm, addon.state(hash), length, pick([undefined, crc]));
        }
      }

      const digest = addon.digest(hash).toString('hex');
      expect(digest, `round ${round}, ${algorithm}`).toBe(await oneShot(algorithm, Buffer.concat(pieces)));
    }
  });

  test('gives back the memory of hashes that are gone', async () => {
    const makeMany = async (): Promise<number> => {
      for (let i = 0; i < 200_000; i++) {
        addon.update(addon.create('sha512'), Uint8Array.of(i));
        if (i % 2000 === 0) await turn();
      }
      return process.memoryUsage.rss();
    };

    const before = await makeMany();
    const grown = (await makeMany()) - before;

    // Kept, they would hold 200,000 times 0.5 kB, which is 100 MB.
    expect(grown / 1e6).toBeLessThan(50);
  });

  test('works in worker threads, several at once, that come and go', async () => {
    const script = `
      const { workerData, parentPort } = require('node:worker_threads');
      const addon = require(workerData);
      const hash = addon.create('sha256');
      for (let i = 0; i < 1000; i++) addon.update(hash, new Uint8Array(1000).fill(i));
      parentPort.postMessage(addon.digest(hash).toString('hex'));`;
    const path = loaded.addon === undefined ? '' : loaded.path;
    const hashInThread = (): Promise<string> =>
      new Promise((resolve, reject) => {
        const worker = new Worker(script, { eval: true, workerData: path });
        worker.once('message', resolve);
        worker.once('error', reject);
      });

    const digests = [...(await Promise.all([hashInThread(), hashInThread()])), await hashInThread()];

    const input = Buffer.concat(Array.from({ length: 1000 }, (_, i) => new Uint8Array(1000).fill(i)));
    expect(new Set(digests)).toEqual(new Set([await oneShot('sha256', input)]));
  });
});
