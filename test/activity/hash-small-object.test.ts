import { describe, expect, test } from 'vitest';
import type { HashSmallObjectInput } from '../../activities/index.js';
import { MidstateError } from '../../src/core/failures.js';
import { oneShot } from '../unit/hashing-engines.js';
import { CHUNK, createAttempt, createBench, runActivity, testBytes, type Attempt } from './activity-bench.js';

type Bench = ReturnType<typeof createBench>;

function hashSmall(bench: Bench, input: Partial<HashSmallObjectInput> = {}, attempt?: Attempt) {
  return runActivity(
    bench.activities.hashSmallObject,
    { object: { bucket: 'plain', key: 'object' }, algorithms: ['sha1'], publish: {}, ...input },
    attempt,
  );
}

describe('hashSmallObject', () => {
  test.each([0, 1, CHUNK, CHUNK + 1])(
    'describes, hashes, proves and publishes %d bytes',
    async (sizeBytes) => {
      const bench = createBench();
      const crc32 = await oneShot('crc32', testBytes(sizeBytes));
      const object = bench.put(sizeBytes, {
        storedChecksums: [{ algorithm: 'crc32', value: crc32, type: 'FULL_OBJECT' }],
      });

      const result = await hashSmall(bench, { algorithms: ['sha1', 'crc32'], publish: { tags: true } });

      expect(result.description.object).toEqual(object);
      expect(result.digests).toEqual({ sha1: await oneShot('sha1', testBytes(sizeBytes)), crc32 });
      expect(result.proof).toEqual({ kind: 'stored-checksum', algorithm: 'crc32', value: crc32 });
      expect(result.receipts.map(({ status }) => status)).toEqual(['written']);
      expect(result.stats).toEqual({ bytesRead: sizeBytes, bytesReadTwice: 0, attempts: 1, lostAttempts: 0 });
      expect(bench.s3.tagsOf(object)).toHaveProperty('midstate-sha1', result.digests.sha1);
    },
  );

  test('proves by an algorithm that nobody asked for, and says nothing of it but in the proof', async () => {
    const bench = createBench();
    const crc64nvme = await oneShot('crc64nvme', testBytes(1_000));
    const object = bench.put(1_000, {
      storedChecksums: [{ algorithm: 'crc64nvme', value: crc64nvme, type: 'FULL_OBJECT' }],
    });

    const result = await hashSmall(bench, { publish: { tags: true, sidecar: true } });

    expect(result.digests).toEqual({ sha1: await oneShot('sha1', testBytes(1_000)) });
    expect(result.proof).toEqual({ kind: 'stored-checksum', algorithm: 'crc64nvme', value: crc64nvme });
    expect(Object.keys(bench.s3.tagsOf(object))).toEqual(['midstate-sha1', 'midstate-etag']);
    expect(bench.s3.calls.filter((call) => call.startsWith('writeSidecar'))).toEqual([
      'writeSidecar object.sha1',
    ]);
    expect(bench.bytesMetered()).toBe(1_000);
  });

  test('publishes nothing when they differ in an algorithm that nobody asked for', async () => {
    const bench = createBench();
    const object = bench.put(10, {
      storedChecksums: [{ algorithm: 'crc64nvme', value: '0'.repeat(16), type: 'FULL_OBJECT' }],
    });

    await expect(hashSmall(bench, { publish: { tags: true, sidecar: true } })).rejects.toMatchObject({
      type: 'CorruptRead',
      nonRetryable: true,
    });
    expect(bench.s3.tagsOf(object)).toEqual({});
    expect(bench.s3.calls).toEqual(['describe object', 'read object']);
  });

  test.each([1, CHUNK])('of %d bytes, opens it: one request describes and reads', async (sizeBytes) => {
    const bench = createBench();
    const object = bench.put(sizeBytes);

    const { digests } = await hashSmall(bench, { object });

    expect(digests).toEqual({ sha1: await oneShot('sha1', testBytes(sizeBytes)) });
    expect(bench.s3.calls).toEqual(['open object', 'read object', 'close object']);
  });

  test('closes what it opened when reading fails, and describes it when it goes on', async () => {
    const bench = createBench();
    const object = bench.put(CHUNK);
    bench.s3.onPiece = (_, position) => {
      if (position > 0) throw new MidstateError('StoreUnavailable', 'connection lost');
    };
    const first = createAttempt();
    await expect(hashSmall(bench, { object }, first)).rejects.toMatchObject({ type: 'StoreUnavailable' });
    expect(bench.s3.calls.at(-1)).toBe('close object');
    bench.s3.onPiece = () => undefined;
    bench.s3.calls.length = 0;

    const { digests } = await hashSmall(bench, { object }, createAttempt(2, first.heartbeats.at(-1)));

    expect(digests).toEqual({ sha1: await oneShot('sha1', testBytes(CHUNK)) });
    expect(bench.s3.calls).toEqual(['describe object', 'read object']);
  });

  test.each<[string, number, Partial<HashSmallObjectInput>]>([
    ['is empty', 0, {}],
    ['is more than a chunk of this worker', CHUNK + 1, {}],
    [
      'is not a whole number of blocks, for an algorithm with large ones',
      CHUNK - 1,
      { algorithms: ['blake3'] },
    ],
    ['may not have to be read', 10, { reuseStored: true }],
  ])('does not open an object that %s', async (_, sizeBytes, input) => {
    const bench = createBench({ chunkSizeBytes: sizeBytes === CHUNK - 1 ? CHUNK - 1 : CHUNK });
    const object = bench.put(sizeBytes);

    await hashSmall(bench, { object, ...input });

    expect(bench.s3.calls[0]).toBe('describe object');
    expect(bench.s3.calls).not.toContain('open object');
  });

  test('opens nothing while the memory of the worker is full', async () => {
    const bench = createBench({ isFull: () => true });
    const object = bench.put(10);

    await expect(hashSmall(bench, { object })).rejects.toMatchObject({ type: 'WorkerFull' });
    expect(bench.s3.calls).toEqual(['describe object']);
  });

  test.each(['GLACIER', 'DEEP_ARCHIVE'])(
    'refuses an object of the class %s, and closes it',
    async (storageClass) => {
      const bench = createBench();
      const object = bench.put(3, { storageClass });

      await expect(hashSmall(bench, { object })).rejects.toMatchObject({
        type: 'Archived',
        nonRetryable: true,
      });
      expect(bench.s3.calls).toEqual(['open object', 'close object']);
    },
  );

  test('reuses stored checksums where that is allowed and they answer, without reading a byte', async () => {
    const bench = createBench();
    const object = bench.put(CHUNK, {
      storedChecksums: [{ algorithm: 'crc64nvme', value: '0123456789abcdef', type: 'FULL_OBJECT' }],
    });

    const result = await hashSmall(bench, {
      algorithms: ['crc64nvme'],
      reuseStored: true,
      publish: { tags: true },
    });

    expect(result).toMatchObject({
      digests: { crc64nvme: '0123456789abcdef' },
      proof: { kind: 'reused-stored', algorithms: ['crc64nvme'] },
      stats: { bytesRead: 0, bytesReadTwice: 0, attempts: 1, lostAttempts: 0 },
    });
    expect(result.notes).toBeUndefined();
    expect(bench.rangesRead()).toEqual([]);
    expect(bench.s3.tagsOf(object)).toHaveProperty('midstate-crc64nvme', '0123456789abcdef');
  });

  test('hashes where they do not answer every algorithm, and says why', async () => {
    const bench = createBench();
    const crc32 = await oneShot('crc32', testBytes(10));
    bench.put(10, { storedChecksums: [{ algorithm: 'crc32', value: crc32, type: 'FULL_OBJECT' }] });

    const result = await hashSmall(bench, { algorithms: ['crc32', 'sha1'], reuseStored: true });

    expect(result.digests).toEqual({ crc32, sha1: await oneShot('sha1', testBytes(10)) });
    expect(result.proof.kind).toBe('stored-checksum');
    expect(result.notes).toEqual(['stored checksums not reused: S3 holds no full object checksum in sha1']);
    expect(bench.bytesMetered()).toBe(10);
  });

  test('publishes nothing when the bytes read are not those that S3 holds', async () => {
    const bench = createBench();
    const object = bench.put(10, {
      storedChecksums: [{ algorithm: 'sha1', value: 'other', type: 'FULL_OBJECT' }],
    });

    await expect(hashSmall(bench, { publish: { tags: true, sidecar: true } })).rejects.toMatchObject({
      type: 'CorruptRead',
      nonRetryable: true,
    });
    expect(bench.s3.tagsOf(object)).toEqual({});
  });

  test('goes on from a checkpoint like hashRange, if the object is still the same', async () => {
    const bench = createBench();
    bench.put(2 * CHUNK);
    const first = createAttempt();
    bench.s3.onPiece = (_, position) => {
      if (position === CHUNK) throw new MidstateError('StoreUnavailable', 'connection lost');
    };
    await expect(hashSmall(bench, {}, first)).rejects.toMatchObject({ type: 'StoreUnavailable' });
    bench.s3.onPiece = () => undefined;
    bench.s3.reads.length = 0;

    const result = await hashSmall(bench, {}, createAttempt(2, first.heartbeats.at(-1)));

    expect(bench.rangesRead()).toEqual([`${CHUNK}-${2 * CHUNK}`]);
    expect(result.digests).toEqual({ sha1: await oneShot('sha1', testBytes(2 * CHUNK)) });
  });

  test('is superseded when the object is no longer the one of the event', async () => {
    const bench = createBench();
    bench.put(10);

    await expect(
      hashSmall(bench, { object: { bucket: 'plain', key: 'object', etag: 'of the event' } }),
    ).rejects.toMatchObject({ type: 'ObjectChanged', nonRetryable: true, category: 'BENIGN' });
    expect(bench.rangesRead()).toEqual([]);
  });

  test('is superseded when the object changes while it is read', async () => {
    const bench = createBench();
    bench.put(CHUNK);
    bench.s3.onPiece = (_, position) => {
      if (position > 0) bench.s3.put('plain', 'object', 'newer');
    };

    await expect(hashSmall(bench)).rejects.toMatchObject({ type: 'ObjectChanged' });
  });
});

describe('describeObject', () => {
  const describeIn = (bench: Bench) =>
    runActivity(bench.activities.describeObject, {
      object: { bucket: 'plain', key: 'object' },
    });

  test.each(['STANDARD', 'STANDARD_IA', 'GLACIER_IR', 'INTELLIGENT_TIERING'])(
    'takes an object of the class %s',
    async (storageClass) => {
      const bench = createBench();
      const object = bench.put(3, { storageClass });

      expect(await describeIn(bench)).toMatchObject({ object, storageClass });
    },
  );

  test.each(['GLACIER', 'DEEP_ARCHIVE'])('refuses an object of the class %s', async (storageClass) => {
    const bench = createBench();
    bench.put(3, { storageClass });

    await expect(describeIn(bench)).rejects.toMatchObject({ type: 'Archived', nonRetryable: true });
  });

  test('takes an archived object while its restored copy is there', async () => {
    const bench = createBench();
    const object = bench.put(3, { storageClass: 'GLACIER', restored: true });

    expect(await describeIn(bench)).toMatchObject({ object, storageClass: 'GLACIER' });
  });
});

describe('a failure of an activity', () => {
  const failing = async (error: Error) => {
    const bench = createBench();
    bench.put(10);
    bench.s3.beforeNext('describe', () => {
      throw error;
    });
    return await hashSmall(bench).catch((failure: unknown) => failure);
  };

  test.each([
    ['AccessDenied', true],
    ['Archived', true],
    ['BucketNotFound', true],
    ['InvalidInput', true],
    ['KmsDenied', true],
    ['ObjectChanged', true],
    ['ObjectGone', true],
    ['StoreUnavailable', false],
  ] as const)('reaches Temporal under its name: %s, final: %s', async (name, nonRetryable) => {
    const failure = await failing(new MidstateError(name, 'what failed', { facts: { key: 'k' } }));

    expect(failure).toMatchObject({ type: name, nonRetryable, message: 'what failed [key=k]' });
  });

  test.each([
    ['ObjectChanged', 'BENIGN'],
    ['ObjectGone', 'BENIGN'],
    ['AccessDenied', undefined],
    ['StoreUnavailable', undefined],
  ] as const)('%s is an alarm or not: %s', async (name, category) => {
    const failure = (await failing(new MidstateError(name, 'm'))) as { category?: string };

    expect(failure.category === 'BENIGN' ? 'BENIGN' : undefined).toBe(category);
  });

  test('keeps its cause, and the delay that the server asked for', async () => {
    const cause = new Error('503');

    const failure = await failing(new MidstateError('StoreUnavailable', 'm', { cause, retryAfterMs: 2_000 }));

    expect(failure).toMatchObject({ cause, nextRetryDelay: 2_000 });
  });

  test('outside the taxonomy keeps its name and its message, and is retried', async () => {
    const unknown = new TypeError('a defect');

    expect(await failing(unknown)).toMatchObject({
      type: 'TypeError',
      message: 'a defect',
      nonRetryable: false,
    });
  });
});
