import { beforeAll, describe, expect, test } from 'vitest';
import { ALGORITHMS, type Algorithm } from '../../src/core/algorithms.js';
import type { Midstate } from '../../src/core/contracts.js';
import { MidstateError } from '../../src/core/failures.js';
import { countingBytes, ENGINES, midstatesAfter } from './hashing-engines.js';

async function failureOf(attempt: Promise<unknown>): Promise<MidstateError> {
  const outcome: unknown = await attempt.then(
    () => 'accepted',
    (error: unknown) => error,
  );
  expect(outcome).toBeInstanceOf(MidstateError);
  return outcome as MidstateError;
}

describe.each(ENGINES)('the $name engine refuses', (engine) => {
  let sha1: Midstate;
  let blake3: Midstate;
  let crc32: Midstate;

  beforeAll(async () => {
    [sha1, blake3, crc32] = (await midstatesAfter(
      engine,
      ['sha1', 'blake3', 'crc32'],
      countingBytes(3072),
    )) as [Midstate, Midstate, Midstate];
  });

  const malformed: readonly (readonly [string, RegExp, () => unknown])[] = [
    ['no midstate', /one each for sha1, got none/, () => []],
    ['two of one algorithm', /one each for sha1, got sha1, sha1/, () => [sha1, sha1]],
    ['another algorithm', /one each for sha1, got crc32/, () => [crc32]],
    ['one too many', /one each for sha1, got sha1, crc32/, () => [sha1, crc32]],
    ['null', /expected an object, got null/, () => [null]],
    ['text', /expected an object, got text of 28/, () => [sha1.state]],
    ['format 2', /expected format 1.*got 2/, () => [{ ...sha1, format: 2 }]],
    ['no format', /expected format 1.*got undefined/, () => [{ ...sha1, format: undefined }]],
    ['format "1"', /expected format 1.*got "1"/, () => [{ ...sha1, format: '1' }]],
    ['an unknown algorithm', /known algorithm, got "sha3"/, () => [{ ...sha1, algorithm: 'sha3' }]],
    ['a state as algorithm', /known algorithm, got text of 28/, () => [{ ...sha1, algorithm: sha1.state }]],
    ['a position off the boundary', /multiple of 128, got 3071/, () => [{ ...sha1, bytesHashed: 3071 }]],
    ['half an alignment', /multiple of 128, got 64/, () => [{ ...sha1, bytesHashed: 64 }]],
    ['a negative position', /multiple of 128, got -128/, () => [{ ...sha1, bytesHashed: -128 }]],
    ['a fraction', /multiple of 128, got 128.5/, () => [{ ...sha1, bytesHashed: 128.5 }]],
    ['a position beyond 2^53', /multiple of 128/, () => [{ ...sha1, bytesHashed: 2 ** 53 }]],
    [
      'a position that is no number',
      /multiple of 128, got NaN/,
      () => [{ ...sha1, bytesHashed: Number.NaN }],
    ],
    ['a position as text', /multiple of 128, got "3072"/, () => [{ ...sha1, bytesHashed: '3072' }]],
    ['no position', /multiple of 128, got undefined/, () => [{ ...sha1, bytesHashed: undefined }]],
    ['no state', /expected a base64 state, got undefined/, () => [{ ...sha1, state: undefined }]],
    ['an empty state', /state of 20 bytes, got 0/, () => [{ ...sha1, state: '' }]],
    ['a short state', /state of 20 bytes, got 18/, () => [{ ...sha1, state: sha1.state.slice(0, 24) }]],
    ['a long state', /state of 20 bytes, got 64/, () => [{ ...sha1, state: blake3.state }]],
    ['base64 with spaces', /in base64, got other text/, () => [{ ...sha1, state: ` ${sha1.state}` }]],
    ['base64 without padding', /in base64/, () => [{ ...sha1, state: sha1.state.replace('=', '') }]],
    ['base64 for addresses', /in base64/, () => [{ ...sha1, state: `${'-_'.repeat(13)}A=` }]],
    ['stray bits in base64', /in base64/, () => [{ ...sha1, state: `${'A'.repeat(26)}B=` }]],
    ['hex', /in base64|state of 20 bytes, got 30/, () => [{ ...sha1, state: '00'.repeat(20) }]],
  ];

  test.each(malformed)('%s', async (_, message, midstates) => {
    const failure = await failureOf(engine.createHasher(['sha1'], midstates() as Midstate[]));

    expect(failure.failure).toBe('MidstateIncompatible');
    expect(failure.message).toMatch(message);
    expect(failure.message).not.toContain(sha1.state.slice(0, 8));
    expect(JSON.stringify(failure.facts)).not.toContain(sha1.state.slice(0, 8));
  });

  test.each([
    ['a missing algorithm of several', () => [sha1, crc32]],
    ['positions that differ', () => [sha1, blake3, { ...crc32, bytesHashed: 2048 }]],
    ['a position that suits one algorithm only', () => [sha1, blake3, crc32].map(at(1280))],
    ['too few subtrees', () => [sha1, { ...blake3, state: blake3.state.slice(0, 44) }, crc32]],
    ['subtrees of another position', () => [sha1, blake3, crc32].map(at(7168))],
  ] as const)('%s', async (_, midstates) => {
    const failure = await failureOf(engine.createHasher(['sha1', 'blake3', 'crc32'], midstates()));

    expect(failure.failure).toBe('MidstateIncompatible');
    expect(failure.message).not.toContain(blake3.state.slice(0, 8));
  });

  test.each([
    [['sha3'], /expected some of md5, sha1, .*; got "sha3"/],
    [['sha1', 'toString'], /got "toString"/],
    [['sha1', 'sha1'], /expected each once; got sha1, sha1/],
    [[], /got an empty name/],
  ])('%j as algorithms', async (algorithms, message) => {
    const failure = await failureOf(engine.createHasher(algorithms as Algorithm[]));

    expect(failure.failure).toBe('InvalidInput');
    expect(failure.message).toMatch(message);
  });

  test('nothing that it made itself', async () => {
    for (const length of [0, 1024, 2048, 3072, 4096, 7168, 1023]) {
      const midstates = await midstatesAfter(engine, ALGORITHMS, countingBytes(length));

      const hasher = await engine.createHasher(ALGORITHMS, midstates);

      expect(hasher.bytesHashed).toBe(length - (length % 1024));
    }
  });
});

const at =
  (bytesHashed: number) =>
  (midstate: Midstate): Midstate => ({ ...midstate, bytesHashed });
