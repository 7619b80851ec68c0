import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { ALGORITHMS, isAlgorithm, type Algorithm } from '../../src/core/algorithms.js';
import type { Midstate } from '../../src/core/contracts.js';
import { countingBytes, digestsOf, ENGINES, midstatesAfter } from './hashing-engines.js';
import { referenceDigest, referenceState } from './hashing-reference.js';

interface Example {
  readonly algorithm: Algorithm;
  readonly bytesHashed: number;
  readonly state: string;
  readonly rest: number;
  readonly digest: string;
}

const DOCUMENT = await readFile(new URL('../../docs/midstate-format.md', import.meta.url), 'utf8');

/** Rows of the table of worked examples: | algorithm | bytesHashed | state | bytes that follow | digest |. */
const EXAMPLES: readonly Example[] = (DOCUMENT.split('## Worked examples')[1] ?? '')
  .split('\n')
  .flatMap((line) => {
    const [, algorithm, bytesHashed, state, rest, digest] = line.split('|').map((cell) => cell.trim());
    if (!isAlgorithm(algorithm) || !/^\d+$/.test(bytesHashed ?? '')) return [];
    const plain = (cell = ''): string => cell.replaceAll(/`|<br>|\(empty\)/g, '');
    return [
      {
        algorithm,
        bytesHashed: Number(bytesHashed),
        state: plain(state),
        rest: Number(rest),
        digest: plain(digest),
      },
    ];
  });

const base64 = (hex: string): string => Buffer.from(hex, 'hex').toString('base64');

test('the format document has worked examples of every algorithm', () => {
  expect(new Set(EXAMPLES.map(({ algorithm }) => algorithm))).toEqual(new Set(ALGORITHMS));
  const blake3 = EXAMPLES.filter(({ algorithm }) => algorithm === 'blake3');
  expect(blake3.map(({ bytesHashed }) => bytesHashed)).toEqual([0, 1024, 2048, 3072, 4096]);
});

test.each(EXAMPLES)(
  'the documented $algorithm at $bytesHashed is what the specification gives',
  (example) => {
    const { algorithm, bytesHashed, rest } = example;
    const input = countingBytes(bytesHashed + rest);

    const state = referenceState(algorithm, input.subarray(0, bytesHashed));

    expect(example.state).toBe(Buffer.from(state).toString('hex'));
    expect(example.digest).toBe(referenceDigest(algorithm, state, bytesHashed, input.subarray(bytesHashed)));
  },
);

describe.each(ENGINES)('the $name engine', (engine) => {
  test.each(EXAMPLES)('writes and reads the documented $algorithm at $bytesHashed', async (example) => {
    const { algorithm, bytesHashed, rest, digest } = example;
    const documented: Midstate = { format: 1, algorithm, bytesHashed, state: base64(example.state) };
    const input = countingBytes(bytesHashed + rest);

    const midstates = await midstatesAfter(engine, [algorithm], input.subarray(0, bytesHashed));
    const digests = await digestsOf(engine, [algorithm], [input.subarray(bytesHashed)], [documented]);

    expect(midstates).toEqual([documented]);
    expect(digests).toEqual({ [algorithm]: digest });
  });
});

test('the JSON example of the document is the midstate it says it is', () => {
  const block = /```json\n(.*?)```/s.exec(DOCUMENT)?.[1] ?? '';
  const documented = JSON.parse(block) as Midstate;

  const state = referenceState(documented.algorithm, countingBytes(documented.bytesHashed));

  expect(documented).toEqual({ ...documented, format: 1, state: Buffer.from(state).toString('base64') });
});
