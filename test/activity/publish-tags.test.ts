import { beforeEach, describe, expect, test } from 'vitest';
import type { Digests, PublishDigestsResult } from '../../activities/index.js';
import type { ObjectRef } from '../../src/core/contracts.js';
import { MidstateError } from '../../src/core/failures.js';
import { createBench, runActivity } from './activity-bench.js';

const SHA1 = 'da39a3ee5e6b4b0d3255bfef95601890afd80709';

function tagsOfCount(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`owner-${index}`, 'x']));
}

describe('publishing to tags', () => {
  let bench: ReturnType<typeof createBench>;
  let s3: ReturnType<typeof createBench>['s3'];

  beforeEach(() => {
    bench = createBench();
    s3 = bench.s3;
  });

  function publish(object: ObjectRef, digests: Digests = { sha1: SHA1 }): Promise<PublishDigestsResult> {
    const { description } = s3.find(object);
    return runActivity(bench.activities.publishDigests, {
      description,
      digests,
      publish: { tags: true },
    });
  }

  test('puts the digests of a version next to its owner’s tags', async () => {
    const object = s3.put('versioned', 'k', 'body', { tags: { owner: 'sales' } });

    const { receipts } = await publish(object, { sha1: SHA1, md5: 'ab' });

    expect(s3.tagsOf(object)).toEqual({ owner: 'sales', 'midstate-sha1': SHA1, 'midstate-md5': 'ab' });
    expect(receipts).toEqual([
      { sink: 'tags', status: 'written', detail: 'tags midstate-sha1, midstate-md5' },
    ]);
  });

  test('says without versions which upload the digests are of', async () => {
    const object = s3.put('plain', 'k', 'body');

    await publish(object);

    expect(s3.tagsOf(object)).toEqual({ 'midstate-sha1': SHA1, 'midstate-etag': object.etag });
  });

  test('says so too for the version “null” of a suspended bucket, which the next upload replaces', async () => {
    s3.createBucket('suspended', 'suspended');
    const object = s3.put('suspended', 'k', 'body');

    await publish(object);

    expect(s3.tagsOf(object)).toEqual({ 'midstate-sha1': SHA1, 'midstate-etag': object.etag });
  });

  test('tags the version that was hashed, not the newest', async () => {
    const older = s3.put('versioned', 'k', 'older');
    const newer = s3.put('versioned', 'k', 'newer', { tags: { owner: 'sales' } });

    await publish(older);

    expect(s3.tagsOf(older)).toEqual({ 'midstate-sha1': SHA1 });
    expect(s3.tagsOf(newer)).toEqual({ owner: 'sales' });
  });

  test('writes the same again when it is repeated', async () => {
    const object = s3.put('plain', 'k', 'body', { tags: { owner: 'sales' } });
    await publish(object);
    const once = s3.tagsOf(object);

    await publish(object);

    expect(s3.tagsOf(object)).toEqual(once);
  });

  test.each([
    ['versioned', 9],
    ['plain', 8],
  ] as const)('in a %s bucket finds room next to %d tags', async (bucket, count) => {
    const object = s3.put(bucket, 'k', 'body', { tags: tagsOfCount(count) });

    const { receipts } = await publish(object);

    expect(receipts[0]?.status).toBe('written');
    expect(Object.keys(s3.tagsOf(object))).toHaveLength(10);
  });

  test.each([
    ['versioned', 10],
    ['plain', 9],
  ] as const)('in a %s bucket is refused next to %d tags, which stay as they are', async (bucket, count) => {
    const tags = tagsOfCount(count);
    const object = s3.put(bucket, 'k', 'body', { tags });

    const { receipts } = await publish(object);

    expect(receipts).toEqual([
      {
        sink: 'tags',
        status: 'refused',
        cause: 'NoTagRoom',
        detail: expect.stringMatching(/allows 10 tags.*would be 11.*tagsPresent=/) as string,
      },
    ]);
    expect(s3.tagsOf(object)).toEqual(tags);
    expect(s3.calls.filter((call) => call.startsWith('writeTags'))).toEqual([]);
  });

  test('needs no room for tags that it replaces', async () => {
    const tags = { ...tagsOfCount(9), 'midstate-sha1': 'older' };
    const object = s3.put('versioned', 'k', 'body', { tags });

    await publish(object);

    expect(s3.tagsOf(object)).toEqual({ ...tags, 'midstate-sha1': SHA1 });
  });

  test('labels nothing when the object has changed before', async () => {
    const object = s3.put('plain', 'k', 'body');
    s3.beforeNext('describe', () => void s3.put('plain', 'k', 'newer', { tags: { owner: 'new' } }));

    await expect(publish(object)).rejects.toMatchObject({ type: 'ObjectChanged', nonRetryable: true });
    expect(s3.tagsOf({ bucket: 'plain', key: 'k' })).toEqual({ owner: 'new' });
  });

  test('takes its label off a newer upload that it landed on; the owner’s tags stay', async () => {
    const object = s3.put('plain', 'k', 'body', { tags: { owner: 'sales' } });
    s3.beforeNext('writeTags', () => void s3.put('plain', 'k', 'newer', { tags: { owner: 'sales' } }));

    await expect(publish(object)).rejects.toMatchObject({ type: 'ObjectChanged' });
    expect(s3.tagsOf({ bucket: 'plain', key: 'k' })).toEqual({ owner: 'sales' });
  });

  test('leaves the tags of an upload alone that came after the write', async () => {
    const object = s3.put('plain', 'k', 'body', { tags: { owner: 'sales' } });
    s3.beforeNext('describe', () => void s3.put('plain', 'k', 'newer', { tags: { owner: 'new' } }), 1);

    await expect(publish(object)).rejects.toMatchObject({ type: 'ObjectChanged' });
    expect(s3.tagsOf({ bucket: 'plain', key: 'k' })).toEqual({ owner: 'new' });
  });

  test('leaves the label of a newer upload alone that its own job has written', async () => {
    const object = s3.put('plain', 'k', 'body');
    s3.beforeNext('describe', () => undefined);
    s3.beforeNext('describe', () => {
      const { etag } = s3.put('plain', 'k', 'newer');
      s3.tagsOf({ bucket: 'plain', key: 'k' })['midstate-etag'] = etag;
    });

    await expect(publish(object)).rejects.toMatchObject({ type: 'ObjectChanged' });
    expect(s3.tagsOf({ bucket: 'plain', key: 'k' })).toHaveProperty('midstate-etag');
  });

  test('reports a missing permission in the receipt: the digest stands', async () => {
    const object = s3.put('plain', 'k', 'body');
    s3.beforeNext('writeTags', () => {
      throw new MidstateError('AccessDenied', 'write tags: access denied');
    });

    const { receipts } = await publish(object);

    expect(receipts).toEqual([
      { sink: 'tags', status: 'refused', cause: 'AccessDenied', detail: 'write tags: access denied' },
    ]);
  });

  test('is retried when the store does not answer', async () => {
    const object = s3.put('plain', 'k', 'body');
    s3.beforeNext('writeTags', () => {
      throw new MidstateError('StoreUnavailable', 'no answer', { retryAfterMs: 700 });
    });

    await expect(publish(object)).rejects.toMatchObject({
      type: 'StoreUnavailable',
      nonRetryable: false,
      nextRetryDelay: 700,
    });
  });

  test('is not done unless it is asked for', async () => {
    const object = s3.put('plain', 'k', 'body');
    const { description } = s3.find(object);

    const result = await runActivity(bench.activities.publishDigests, {
      description,
      digests: { sha1: SHA1 },
      publish: {},
    });

    expect(result).toEqual({ receipts: [] });
    expect(s3.calls).toEqual([]);
  });
});
