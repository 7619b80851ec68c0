import { describe, expect, test } from 'vitest';
import type { Checkpoint, HashObjectInput, ObjectRef } from '../../src/core/contracts.js';
import { forecastReplay, planReplay } from '../../src/core/plan-replay.js';

const object: ObjectRef = { bucket: 'archive', key: 'a.mov', etag: 'e1', sizeBytes: 1_000_000 };

const input: HashObjectInput = {
  object,
  algorithms: ['sha1'],
  source: { kind: 's3-event', sequencer: '0055AED6' },
  expected: { sha1: 'ab'.repeat(20) },
  policy: { memoryClassMB: 512 },
};

const checkpoint: Checkpoint = {
  object,
  bytesHashed: 640_000,
  midstates: [{ format: 1, algorithm: 'sha1', bytesHashed: 640_000, state: 'AAAA' }],
};

describe('the input that replays a run', () => {
  test('asks for what the run was asked for, from its checkpoint', () => {
    const plan = planReplay({ input, cause: 'AccessDenied', checkpoint }, 'checkpoint');

    expect(plan).toEqual({
      input: { ...input, source: { kind: 'replay', sequencer: '0055AED6' }, resumeFrom: checkpoint },
      resumedAtByte: 640_000,
    });
  });

  test('pins the version of its checkpoint where the run had not pinned one', () => {
    const unpinned = { ...input, object: { bucket: 'archive', key: 'a.mov' } };

    const plan = planReplay({ input: unpinned, cause: 'AccessDenied', checkpoint }, 'checkpoint');

    expect(plan.input.object).toEqual(object);
  });

  test('drops what a run before had handed on, but goes on from where it came to', () => {
    const description = { object, storageClass: 'STANDARD', storedChecksums: [], isSidecar: false };
    const continued = { description, stats: {} as never, reading: 1 };

    const plan = planReplay(
      {
        input: { ...input, continued, resumeFrom: { ...checkpoint, bytesHashed: 64 } },
        cause: 'Timeout',
        checkpoint,
      },
      'checkpoint',
    );

    expect(plan.input).not.toHaveProperty('continued');
    expect(plan.input.resumeFrom).toBe(checkpoint);
  });

  test('begins at the start where that is asked for', () => {
    const plan = planReplay(
      { input: { ...input, resumeFrom: checkpoint }, cause: 'Timeout', checkpoint },
      'start',
    );

    expect(plan).toEqual({
      input: { ...input, source: { kind: 'replay', sequencer: '0055AED6' } },
      resumedAtByte: 0,
    });
  });

  test.each([
    ['there is none', {}, 'it ended before there was a checkpoint'],
    [
      'it is at the start',
      { checkpoint: { ...checkpoint, bytesHashed: 0, midstates: [] } },
      'it ended before there was a checkpoint',
    ],
    [
      'it could not be read',
      { checkpoint, cause: 'MidstateIncompatible' },
      'its checkpoint could not be read',
    ],
    ['the bytes in it were wrong', { checkpoint, cause: 'CorruptRead' }, 'its bytes were read wrongly'],
    [
      'it is of another ETag',
      { checkpoint: { ...checkpoint, object: { ...object, etag: 'e2' } } },
      'its checkpoint is of another version',
    ],
    [
      'it is of another version',
      {
        checkpoint: { ...checkpoint, object: { ...object, versionId: 'v2' } },
        input: { ...input, object: { ...object, versionId: 'v1' } },
      },
      'its checkpoint is of another version',
    ],
    [
      'it lacks an algorithm',
      { checkpoint, input: { ...input, algorithms: ['sha1', 'md5'] } },
      'its checkpoint has not all that the job asks for',
    ],
  ] as const)('begins at the start, and says why, where %s', (_, given, reason) => {
    const plan = planReplay({ input, cause: 'AccessDenied', ...given }, 'checkpoint');

    expect(plan).toMatchObject({ resumedAtByte: 0, reason });
    expect(plan.input).not.toHaveProperty('resumeFrom');
  });
});

describe('the forecast of a replay', () => {
  const note = { cause: 'AccessDenied', message: 'no', bytesHashed: 640_000 } as const;

  test('says what is read again', () => {
    expect(forecastReplay({ cause: 'AccessDenied', note, sizeBytes: 1_000_000 }, 'checkpoint')).toEqual({
      resumedAtByte: 640_000,
      bytesToRead: 360_000,
    });
    expect(forecastReplay({ cause: 'AccessDenied', note, sizeBytes: 1_000_000 }, 'start')).toEqual({
      resumedAtByte: 0,
      bytesToRead: 1_000_000,
    });
  });

  test.each([
    ['CorruptRead', note, 'its bytes were read wrongly'],
    ['AccessDenied', { ...note, bytesHashed: 0 }, 'it ended before there was a checkpoint'],
    ['Cancelled', undefined, 'whether it left a checkpoint shows when it is replayed'],
  ] as const)('of %s with %j: %s', (cause, given, reason) => {
    const facts = { cause, sizeBytes: 10, ...(given === undefined ? {} : { note: given }) };

    expect(forecastReplay(facts, 'checkpoint')).toEqual({ resumedAtByte: 0, bytesToRead: 10, reason });
  });
});
