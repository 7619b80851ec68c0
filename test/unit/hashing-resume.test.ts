import { describe, expect, test } from 'vitest';
import { ALGORITHMS, checkpointAlignmentBytes, type Algorithm } from '../../src/core/algorithms.js';
import type { Midstate } from '../../src/core/contracts.js';
import { MidstateError } from '../../src/core/failures.js';
import {
  digestsOf,
  ENGINES,
  midstatesAfter,
  oneShot,
  randomBytesOf,
  seededRandom,
} from './hashing-engines.js';

const INPUT = randomBytesOf(8192, seededRandom(4));
const SETS: readonly (readonly Algorithm[])[] = [...ALGORITHMS.map((algorithm) => [algorithm]), ALGORITHMS];

async function expectedDigests(algorithms: readonly Algorithm[], bytes: Uint8Array): Promise<object> {
  const digests = algorithms.map(async (algorithm) => [algorithm, await oneShot(algorithm, bytes)] as const);
  return Object.fromEntries(await Promise.all(digests));
}

describe.each(ENGINES)('a midstate of the $name engine', (engine) => {
  test.each(SETS)('is resumed at every boundary of 8,192 bytes: %s …', async (...algorithms) => {
    const expected = await expectedDigests(algorithms, INPUT);
    for (let at = 0; at < INPUT.length; at += checkpointAlignmentBytes(algorithms)) {
      const midstates = await midstatesAfter(engine, algorithms, INPUT.subarray(0, at));

      const digests = await digestsOf(engine, algorithms, [INPUT.subarray(at)], midstates);

      expect(digests, `resumed at ${String(at)}`).toEqual(expected);
    }
  });

  test.each(SETS)('at the very end still gives the digest: %s …', async (...algorithms) => {
    const step = checkpointAlignmentBytes(algorithms);
    for (let length = algorithms.includes('blake3') ? 2048 : 0; length <= INPUT.length; length += step) {
      const bytes = INPUT.subarray(0, length);
      const midstates = await midstatesAfter(engine, algorithms, bytes);

      const digests = await digestsOf(engine, algorithms, [], midstates);

      expect(digests, `${String(length)} bytes`).toEqual(await expectedDigests(algorithms, bytes));
    }
  });

  test('of blake3 at a single chunk with nothing after it is refused, for its root cannot be made', async () => {
    const midstates = await midstatesAfter(engine, ['blake3'], INPUT.subarray(0, 1024));
    const hasher = await engine.createHasher(['blake3'], midstates);
    hasher.update(new Uint8Array(0));

    const finish = (): unknown => hasher.digests();

    expect(finish).toThrow(MidstateError);
    expect(finish).not.toThrow(midstates[0]?.state);
  });

  test('is taken behind the bytes held back, and taking it changes nothing', async () => {
    const hasher = await engine.createHasher(ALGORITHMS);
    const random = seededRandom(5);
    const taken: Midstate[][] = [];

    for (let at = 0; at < INPUT.length;) {
      const size = Math.floor(random() * 300);
      hasher.update(INPUT.subarray(at, at + size));
      at = Math.min(at + size, INPUT.length);
      expect(hasher.bytesHashed).toBe(at - (at % 1024));
      taken.push(hasher.midstates());
    }

    expect(hasher.digests()).toEqual(await expectedDigests(ALGORITHMS, INPUT));
    for (const midstates of taken) {
      const rest = INPUT.subarray(midstates[0]?.bytesHashed);
      const expected = await midstatesAfter(engine, ALGORITHMS, INPUT.subarray(0, midstates[0]?.bytesHashed));
      expect(midstates).toEqual(expected);
      if (rest.length > 7000) {
        expect(await digestsOf(engine, ALGORITHMS, [rest], midstates)).toEqual(
          await expectedDigests(ALGORITHMS, INPUT),
        );
      }
    }
  });

  test('is the same however often the hash was interrupted before', async () => {
    let midstates = await midstatesAfter(engine, ALGORITHMS, new Uint8Array(0));

    for (let at = 0; at < INPUT.length; at += 1024) {
      const hasher = await engine.createHasher(ALGORITHMS, midstates);
      expect(hasher.midstates()).toEqual(midstates);
      hasher.update(INPUT.subarray(at, at + 1024));
      midstates = hasher.midstates();
    }

    expect(midstates).toEqual(await midstatesAfter(engine, ALGORITHMS, INPUT));
  });

  test('may come in any order', async () => {
    const midstates = await midstatesAfter(engine, ALGORITHMS, INPUT.subarray(0, 4096));

    const digests = await digestsOf(engine, ALGORITHMS, [INPUT.subarray(4096)], midstates.reverse());

    expect(digests).toEqual(await expectedDigests(ALGORITHMS, INPUT));
  });

  test('holds no eight bytes of the input', async () => {
    const bytes = Uint8Array.from({ length: 5120 }, (_, i) => (i * i + (i >> 8) * 7) & 0xff);
    const windows = new Set<string>();
    for (let at = 0; at + 8 <= bytes.length; at++) {
      windows.add(Buffer.from(bytes.subarray(at, at + 8)).toString('latin1'));
    }

    for (let length = 0; length <= bytes.length; length += 1) {
      if (length % 97 !== 0 && length % 1024 > 1) continue;
      for (const { state } of await midstatesAfter(engine, ALGORITHMS, bytes.subarray(0, length))) {
        const raw = Buffer.from(state, 'base64').toString('latin1');
        for (let at = 0; at + 8 <= raw.length; at++) expect(windows.has(raw.slice(at, at + 8))).toBe(false);
      }
    }
  });

  test('and its hasher end with the digests: no call may follow', async () => {
    const hasher = await engine.createHasher(['sha1']);
    hasher.digests();

    expect(() => hasher.digests()).toThrow(/no call after digests/);
    expect(() => hasher.midstates()).toThrow(/no call after digests/);
    expect(() => {
      hasher.update(Uint8Array.of(1));
    }).toThrow(/no call after digests/);
  });
});
