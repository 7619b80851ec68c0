import { expect, test } from 'vitest';
import type { Source } from '../../src/core/contracts.js';
import { priorityOf } from '../../src/temporal/start-hash-object.js';

function priorityFor(kind: Source['kind'], bucket: string) {
  return priorityOf(
    { object: { bucket, key: 'k' }, algorithms: ['sha1'], source: { kind } },
    { bucket: (name) => name },
  );
}

test.each([
  ['s3-event', 2],
  ['submit', 2],
  ['backfill', 4],
  ['replay', 4],
] as const)('a job that came by %s has the priority %d of 1 to 5', (kind, priorityKey) => {
  expect(priorityFor(kind, 'videos')).toEqual({ priorityKey, fairnessKey: 'videos' });
});

test('the fairness key keeps to the 64 bytes that the server takes', () => {
  const { fairnessKey = '' } = priorityFor('submit', `arn:${'é'.repeat(40)}`);

  expect(Buffer.byteLength(fairnessKey)).toBe(64);
  expect(fairnessKey).toBe(`arn:${'é'.repeat(30)}`);
});
