import { describe, expect, test } from 'vitest';
import { ALGORITHMS } from '../../src/core/algorithms.js';
import { selectEngine, type CreateResumableHash, type ResumableHash } from '../../src/hashing/index.js';
import { createPortableHash } from '../../src/hashing/portable-engine.js';
import { checkSavedSize } from '../../src/hashing/saved-layout.js';
import { SELF_TEST_VECTORS, selfTest } from '../../src/hashing/self-test.js';
import { countingBytes, oneShot } from './hashing-engines.js';
import { referenceState } from './hashing-reference.js';

/** An engine that is right but for what `change` makes of each of its hashes. */
function flawed(
  change: (hash: ResumableHash, resumed: boolean) => Partial<ResumableHash>,
): CreateResumableHash {
  return async (algorithm, from) => {
    const hash = await createPortableHash(algorithm, from);
    return { ...hash, ...change(hash, from !== undefined) };
  };
}

const flipped = (digest: string): string => (digest.startsWith('0') ? '1' : '0') + digest.slice(1);

describe.each(ALGORITHMS)('the self-test of %s', (algorithm) => {
  test('compares with what the specification gives', async () => {
    const input = countingBytes(3073);

    const state = Buffer.from(referenceState(algorithm, input.subarray(0, 3072))).toString('hex');

    expect(SELF_TEST_VECTORS[algorithm]).toEqual({ state, digest: await oneShot(algorithm, input) });
  });

  test('passes for hash-wasm', async () => {
    await expect(selfTest(algorithm, createPortableHash)).resolves.toBeUndefined();
  });

  test('fails where one bit of the state differs', async () => {
    const engine = flawed((hash) => ({
      state: (bytesHashed) => hash.state(bytesHashed).map((byte, index) => (index === 3 ? byte ^ 1 : byte)),
    }));

    await expect(selfTest(algorithm, engine)).rejects.toMatchObject({
      failure: 'MidstateIncompatible',
      message: expect.stringMatching(/known state, got another.*layout has changed/) as string,
    });
  });

  test('fails where the hash that was resumed ends wrong', async () => {
    const engine = flawed((hash, resumed) => (resumed ? { digest: () => flipped(hash.digest()) } : {}));

    await expect(selfTest(algorithm, engine)).rejects.toMatchObject({ failure: 'MidstateIncompatible' });
  });

  test('fails where taking the state disturbs the hash', async () => {
    const engine = flawed((hash) => ({
      state(bytesHashed) {
        const state = hash.state(bytesHashed);
        hash.update(Uint8Array.of(0));
        return state;
      },
    }));

    await expect(selfTest(algorithm, engine)).rejects.toMatchObject({ failure: 'MidstateIncompatible' });
  });
});

test('a saved state of another size than the adapter knows is refused', () => {
  expect(() => checkSavedSize('sha1', new Uint8Array(100), 96)).toThrow(
    /sha1: expected saved states of 96 bytes, got 100.*layout has changed/,
  );
});

test('the selected engine is self-tested and hashes', async () => {
  const engine = await selectEngine();

  const hasher = await engine.createHasher(['crc32']);
  hasher.update(new TextEncoder().encode('123456789'));

  expect(hasher.digests()).toEqual({ crc32: 'cbf43926' });
});
