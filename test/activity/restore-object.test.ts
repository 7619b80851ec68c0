import { beforeEach, describe, expect, test } from 'vitest';
import { restoreObject } from '../../activities/restore-object.js';
import type { RestorePolicy } from '../../src/core/restore.js';
import { createFakeObjectStore } from '../fakes/fake-object-store.js';
import { FakeS3 } from '../fakes/fake-s3.js';

const restore: RestorePolicy = { tier: 'Bulk', days: 2, budgetUsd: 1 };

let s3: FakeS3;

beforeEach(() => {
  s3 = new FakeS3();
  s3.createBucket('b');
});

function look(object: { bucket: string; key: string }, policy = restore) {
  return restoreObject(createFakeObjectStore(s3), { object, restore: policy });
}

describe('a look at an archived object', () => {
  test('asks for a restore, and says what it costs', async () => {
    const object = s3.put('b', 'k', 'bytes', { storageClass: 'DEEP_ARCHIVE' });

    expect(await look(object)).toMatchObject({
      isReadable: false,
      archive: 'DEEP_ARCHIVE',
      lookAgainMs: 1_800_000,
    });
    expect(s3.calls).toContain('requestRestore k');
  });

  test('asks for none that is over the budget', async () => {
    const object = s3.put('b', 'k', 'bytes', { storageClass: 'DEEP_ARCHIVE' });

    await expect(look(object, { ...restore, budgetUsd: 0 })).rejects.toMatchObject({ failure: 'Archived' });
    expect(s3.calls).not.toContain('requestRestore k');
  });

  test('finds the copy, or bytes that were never away', async () => {
    const restored = s3.put('b', 'r', 'bytes', { storageClass: 'GLACIER', restored: true });
    const usual = s3.put('b', 'u', 'bytes');

    expect(await look(restored)).toEqual({ isReadable: true });
    expect(await look(usual)).toEqual({ isReadable: true });
    expect(s3.calls.filter((call) => call.startsWith('requestRestore'))).toEqual([]);
  });
});
