import { describe, expect, test } from 'vitest';
import type { Algorithm } from '../../src/core/algorithms.js';
import { algorithmsFrom, startOf, usableCheckpoint } from '../../src/core/checkpoints.js';
import type { Checkpoint, Midstate } from '../../src/core/contracts.js';

const OBJECT = { bucket: 'b', key: 'k', etag: 'e', versionId: 'v', sizeBytes: 1_000 };

function midstate(algorithm: Algorithm, bytesHashed = 512): Midstate {
  return { format: 1, algorithm, bytesHashed, state: '' };
}

function checkpoint(change: Partial<Checkpoint> = {}): Checkpoint {
  return { object: OBJECT, bytesHashed: 512, midstates: [midstate('sha1'), midstate('crc32')], ...change };
}

function algorithmsOf(found: Checkpoint | undefined): Algorithm[] | undefined {
  return found?.midstates.map(({ algorithm }) => algorithm);
}

describe('a checkpoint is gone on from', () => {
  test.each([
    ['with what is asked for', ['sha1'], ['sha1'], ['sha1']],
    ['and what else is useful, in that order', ['sha1'], ['crc32', 'sha1'], ['crc32', 'sha1']],
    ['though the proof is missing', ['sha1', 'crc32'], ['sha1', 'crc32', 'crc64nvme'], ['sha1', 'crc32']],
  ] as const)('%s', (_, asked, useful, kept) => {
    expect(algorithmsOf(usableCheckpoint(checkpoint(), OBJECT, asked, useful))).toEqual(kept);
  });

  test.each<readonly [string, Checkpoint | undefined]>([
    ['is missing', undefined],
    ['is of another upload', checkpoint({ object: { ...OBJECT, etag: 'other' } })],
    ['is of another version', checkpoint({ object: { ...OBJECT, versionId: 'other' } })],
    ['lacks an algorithm that is asked for', checkpoint({ midstates: [midstate('crc32')] })],
    ['is at the end', checkpoint({ bytesHashed: 1_000, midstates: [midstate('sha1', 1_000)] })],
    ['is of a part, wherever that begins', checkpoint({ originByte: 256 })],
    ['is of the first part', checkpoint({ originByte: 0 })],
    ['has midstates of another position', checkpoint({ midstates: [midstate('sha1', 256)] })],
  ])('unless it %s', (_, given) => {
    expect(usableCheckpoint(given, OBJECT, ['sha1'], ['sha1'])).toBeUndefined();
  });
});

describe('the algorithms of a hash', () => {
  test('are all that are wanted at the start, and later those of the checkpoint', () => {
    expect(algorithmsFrom(startOf(OBJECT), ['sha1', 'crc64nvme'])).toEqual(['sha1', 'crc64nvme']);
    expect(algorithmsFrom(checkpoint(), ['sha1', 'crc64nvme'])).toEqual(['sha1', 'crc32']);
  });
});
