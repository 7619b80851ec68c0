import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import type { ObjectRef } from '../../src/core/contracts.js';
import { MidstateError, type FailureName } from '../../src/core/failures.js';
import type { ObjectStore } from '../../src/core/ports.js';

/** A store under test, with two buckets and a way to upload that does not go through it. */
export interface ObjectStoreHarness {
  readonly store: ObjectStore;
  readonly unversionedBucket: string;
  readonly versionedBucket: string;
  /** Uploads `body`; what the store's `describe` must then say. */
  put(bucket: string, key: string, body: string): Promise<ObjectRef>;
}

async function failureOf(attempt: Promise<unknown>): Promise<FailureName | 'none'> {
  try {
    await attempt;
    return 'none';
  } catch (error) {
    if (error instanceof MidstateError) return error.failure;
    throw error;
  }
}

/** What every `ObjectStore` does, real or fake. Keys are new in each test; nothing is cleaned up. */
export function describeObjectStoreContract(
  name: string,
  createHarness: () => Promise<ObjectStoreHarness>,
): void {
  describe(`object store contract: ${name}`, () => {
    let harness: ObjectStoreHarness;
    let store: ObjectStore;

    beforeAll(async () => {
      harness = await createHarness();
      ({ store } = harness);
    });

    const { signal } = new AbortController();
    const newKey = () => `contract/${randomUUID()} +%&"'ü😀`;

    test('describes the current object: size, ETag without quotes, no version id in an unversioned bucket', async () => {
      const put = await harness.put(harness.unversionedBucket, newKey(), 'hello');

      const { object, isSidecar, storageClass } = await store.describe({ bucket: put.bucket, key: put.key });

      expect(object).toEqual(put);
      expect(object).toEqual({
        bucket: put.bucket,
        key: put.key,
        sizeBytes: 5,
        etag: '5d41402abc4b2a76b9719d911017c592',
      });
      expect(isSidecar).toBe(false);
      expect(storageClass).toBe('STANDARD');
    });

    test('describes the version asked for, even when it is not the newest', async () => {
      const key = newKey();
      const older = await harness.put(harness.versionedBucket, key, 'older');
      const newer = await harness.put(harness.versionedBucket, key, 'newer!');

      const current = await store.describe({ bucket: older.bucket, key });
      const asked = await store.describe(older);

      expect(current.object).toEqual(newer);
      expect(asked.object).toEqual(older);
      expect(older.versionId).not.toBe(newer.versionId);
    });

    test('refuses an object that has been overwritten since', async () => {
      const key = newKey();
      const older = await harness.put(harness.unversionedBucket, key, 'older');
      await harness.put(harness.unversionedBucket, key, 'newer');

      expect(await failureOf(store.describe(older))).toBe('ObjectChanged');
    });

    test('says that an object is gone, and that a bucket is not there', async () => {
      const bucket = harness.unversionedBucket;

      expect(await failureOf(store.describe({ bucket, key: newKey() }))).toBe('ObjectGone');
      expect(await failureOf(store.describe({ bucket: `none-${randomUUID()}`, key: 'k' }))).toBe(
        'BucketNotFound',
      );
    });

    test('opens what it describes, in every version', async () => {
      const key = newKey();
      const older = await harness.put(harness.versionedBucket, key, 'older');
      const newer = await harness.put(harness.versionedBucket, key, 'newer!');

      for (const object of [older, newer, { bucket: older.bucket, key }]) {
        const { description, close } = await store.open(object, signal);
        close();
        expect(description).toEqual(await store.describe(object));
      }
    });

    test('opens nothing that has been overwritten, is gone, or is in no bucket', async () => {
      const bucket = harness.unversionedBucket;
      const key = newKey();
      const older = await harness.put(bucket, key, 'older');
      await harness.put(bucket, key, 'newer');

      expect(await failureOf(store.open(older, signal))).toBe('ObjectChanged');
      expect(await failureOf(store.open({ bucket, key: newKey() }, signal))).toBe('ObjectGone');
      expect(await failureOf(store.open({ bucket: `none-${randomUUID()}`, key: 'k' }, signal))).toBe(
        'BucketNotFound',
      );
    });

    test('replaces all tags of an object by those given', async () => {
      const put = await harness.put(harness.unversionedBucket, newKey(), 'tagged');

      await store.writeTags(put, { owner: 'accounts / EU', 'midstate-sha1': 'abc' });
      await store.writeTags(put, { owner: 'sales', empty: '' });

      expect(await store.readTags(put)).toEqual({ owner: 'sales', empty: '' });
    });

    test('tags one version and leaves the others alone', async () => {
      const key = newKey();
      const older = await harness.put(harness.versionedBucket, key, 'older');
      const newer = await harness.put(harness.versionedBucket, key, 'newer');

      await store.writeTags(older, { which: 'older' });

      expect(await store.readTags(older)).toEqual({ which: 'older' });
      expect(await store.readTags(newer)).toEqual({});
    });

    test('writes a sidecar where the key is free, and marks it as one', async () => {
      const of = await harness.put(harness.unversionedBucket, newKey(), 'object');
      const key = `${of.key}.sha1`;

      await store.writeSidecar({ bucket: of.bucket, key, body: 'digest  name\n', of });

      const { isSidecar, object } = await store.describe({ bucket: of.bucket, key });
      expect(isSidecar).toBe(true);
      expect(object.sizeBytes).toBe(13);
    });

    test('never replaces what it was not told to replace', async () => {
      const of = await harness.put(harness.unversionedBucket, newKey(), 'object');
      const foreign = await harness.put(of.bucket, `${of.key}.sha1`, 'foreign');
      const sidecar = { bucket: of.bucket, key: foreign.key, body: 'digest  name\n', of };

      expect(await failureOf(store.writeSidecar(sidecar))).toBe('ObjectChanged');
      expect(await failureOf(store.writeSidecar({ ...sidecar, replacesEtag: of.etag }))).toBe(
        'ObjectChanged',
      );
      expect((await store.describe({ bucket: of.bucket, key: foreign.key })).object).toEqual(foreign);
    });

    test('replaces the sidecar that it was told to replace', async () => {
      const of = await harness.put(harness.unversionedBucket, newKey(), 'object');
      const sidecar = { bucket: of.bucket, key: `${of.key}.sha1`, of };
      await store.writeSidecar({ ...sidecar, body: 'old\n' });
      const { object } = await store.describe({ bucket: of.bucket, key: sidecar.key });

      await store.writeSidecar({ ...sidecar, body: 'longer\n', replacesEtag: object.etag });

      const replaced = await store.describe({ bucket: of.bucket, key: sidecar.key });
      expect(replaced.object.sizeBytes).toBe(7);
    });
  });
}
