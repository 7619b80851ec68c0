import { beforeEach, describe, expect, test } from 'vitest';
import type { Digests, PublishDigestsResult } from '../../activities/index.js';
import type { ObjectRef } from '../../src/core/contracts.js';
import { MidstateError } from '../../src/core/failures.js';
import { createBench, runActivity } from './activity-bench.js';

const OLD = '1'.repeat(40);
const NEW = '2'.repeat(40);

describe('publishing to sidecars', () => {
  let bench: ReturnType<typeof createBench>;
  let s3: ReturnType<typeof createBench>['s3'];

  beforeEach(() => {
    bench = createBench();
    s3 = bench.s3;
  });

  function publish(object: ObjectRef, digests: Digests = { sha1: NEW }): Promise<PublishDigestsResult> {
    const { description } = s3.find(object);
    return runActivity(bench.activities.publishDigests, {
      description,
      digests,
      publish: { sidecar: true },
    });
  }

  const exists = (bucket: string, key: string) => {
    try {
      return s3.find({ bucket, key }).bytes.length > 0;
    } catch {
      return false;
    }
  };

  test('writes one line beside the object for each algorithm, naming the file without its folders', async () => {
    const object = s3.put('plain', 'in/folders/annual report.pdf', 'body');

    const { receipts } = await publish(object, { sha1: NEW, md5: 'ab' });

    expect(s3.text('plain', `${object.key}.sha1`)).toBe(`${NEW}  annual report.pdf\n`);
    expect(s3.text('plain', `${object.key}.md5`)).toBe('ab  annual report.pdf\n');
    expect(s3.find({ bucket: 'plain', key: `${object.key}.sha1` }).description.isSidecar).toBe(true);
    expect(receipts).toEqual([
      { sink: 'sidecar', status: 'written', detail: `sidecar ${object.key}.sha1, ${object.key}.md5` },
    ]);
  });

  test('escapes a name as sha1sum does', async () => {
    const object = s3.put('plain', 'a\\b\nc', 'body');

    await publish(object);

    expect(s3.text('plain', `${object.key}.sha1`)).toBe(`\\${NEW}  a\\\\b\\nc\n`);
  });

  test('writes the same again when it is repeated', async () => {
    const object = s3.put('plain', 'k', 'body');
    await publish(object);

    const { receipts } = await publish(object);

    expect(receipts[0]?.status).toBe('written');
    expect(s3.text('plain', 'k.sha1')).toBe(`${NEW}  k\n`);
  });

  test('never replaces an object that midstate did not write', async () => {
    const object = s3.put('plain', 'k', 'body');
    s3.put('plain', 'k.sha1', 'the owner’s own');

    const { receipts } = await publish(object);

    expect(receipts).toEqual([
      {
        sink: 'sidecar',
        status: 'refused',
        cause: 'SidecarTaken',
        detail: expect.stringMatching(/did not write.*\[bucket=plain, key=k\.sha1\]/) as string,
      },
    ]);
    expect(s3.text('plain', 'k.sha1')).toBe('the owner’s own');
  });

  test('never replaces one that appears between the look and the write', async () => {
    const object = s3.put('plain', 'k', 'body');
    s3.beforeNext('writeSidecar', () => void s3.put('plain', 'k.sha1', 'the owner’s own'));

    const { receipts } = await publish(object);

    expect(receipts[0]).toMatchObject({ status: 'refused', cause: 'SidecarTaken' });
    expect(s3.text('plain', 'k.sha1')).toBe('the owner’s own');
  });

  test('gives a sidecar no sidecar', async () => {
    const object = s3.put('plain', 'k.sha1', 'body', { sidecar: true });

    const { receipts } = await publish(object);

    expect(receipts).toEqual([
      { sink: 'sidecar', status: 'skipped', detail: 'the object is itself a sidecar' },
    ]);
    expect(s3.calls).toEqual([]);
  });

  test('gives a folder marker no sidecar: no file has such a name', async () => {
    const object = s3.put('plain', 'folder/', '');

    const { receipts } = await publish(object);

    expect(receipts[0]).toMatchObject({ status: 'skipped' });
    expect(s3.calls).toEqual([]);
  });

  test('skips a version that is no longer the newest', async () => {
    const older = s3.put('versioned', 'k', 'older');
    s3.put('versioned', 'k', 'newer');

    const { receipts } = await publish(older);

    expect(receipts).toEqual([
      { sink: 'sidecar', status: 'skipped', detail: 'a newer version is the current one' },
    ]);
    expect(exists('versioned', 'k.sha1')).toBe(false);
  });

  test('skips a version whose object has been deleted', async () => {
    const object = s3.put('versioned', 'k', 'body');
    const { description } = s3.find(object);
    s3.remove('versioned', 'k');

    const { receipts } = await runActivity(bench.activities.publishDigests, {
      description,
      digests: { sha1: NEW },
      publish: { sidecar: true },
    });

    expect(receipts[0]?.status).toBe('skipped');
  });

  test('never lets an older version overwrite the sidecar that a newer one wrote meanwhile', async () => {
    const older = s3.put('versioned', 'k', 'older');
    s3.beforeNext('writeSidecar', () => {
      s3.put('versioned', 'k', 'newer');
      s3.put('versioned', 'k.sha1', `${NEW}  k\n`, { sidecar: true });
    });

    const { receipts } = await publish(older, { sha1: OLD });

    expect(receipts[0]?.status).toBe('skipped');
    expect(s3.text('versioned', 'k.sha1')).toBe(`${NEW}  k\n`);
  });

  test('lets a newer version replace the sidecar of an older one', async () => {
    const older = s3.put('versioned', 'k', 'older');
    await publish(older, { sha1: OLD });
    const newer = s3.put('versioned', 'k', 'newer');

    await publish(newer, { sha1: NEW });

    expect(s3.text('versioned', 'k.sha1')).toBe(`${NEW}  k\n`);
  });

  test('writes it anew when somebody deletes the old one in between', async () => {
    const object = s3.put('plain', 'k', 'body');
    s3.put('plain', 'k.sha1', 'old', { sidecar: true });
    s3.beforeNext('writeSidecar', () => {
      s3.remove('plain', 'k.sha1');
    });

    const { receipts } = await publish(object);

    expect(receipts[0]?.status).toBe('written');
    expect(s3.text('plain', 'k.sha1')).toBe(`${NEW}  k\n`);
  });

  test('gives up on a sidecar that somebody else keeps replacing', async () => {
    const object = s3.put('plain', 'k', 'body');
    for (let round = 0; round <= 5; round++) {
      s3.beforeNext('writeSidecar', () => void s3.put('plain', 'k.sha1', `${round}`, { sidecar: true }));
    }

    await expect(publish(object)).rejects.toMatchObject({ type: 'ObjectChanged' });
    expect(s3.text('plain', 'k.sha1')).toBe('5');
  });

  test('writes nothing for an object without versions that has changed', async () => {
    const object = s3.put('plain', 'k', 'body');
    const { description } = s3.find(object);
    s3.put('plain', 'k', 'newer');

    const publishing = runActivity(bench.activities.publishDigests, {
      description,
      digests: { sha1: NEW },
      publish: { sidecar: true },
    });

    await expect(publishing).rejects.toMatchObject({ type: 'ObjectChanged', nonRetryable: true });
    expect(exists('plain', 'k.sha1')).toBe(false);
  });

  test.each([
    ['k'.repeat(1_019), 'written'],
    ['k'.repeat(1_020), 'refused'],
    ['😀'.repeat(255), 'refused'],
  ])('beside a key of many bytes is %s only where S3 allows its key', async (key, status) => {
    const expected = Buffer.byteLength(`${key}.sha1`) <= 1_024 ? 'written' : 'refused';
    const object = s3.put('plain', key, 'body');

    const { receipts } = await publish(object);

    expect(status).toBe(expected);
    expect(receipts[0]).toMatchObject(status === 'refused' ? { status, cause: 'InvalidInput' } : { status });
    expect(exists('plain', `${key}.sha1`)).toBe(status === 'written');
  });

  test('reports each sink by itself: tags may be written where the sidecar is refused', async () => {
    const object = s3.put('plain', 'k', 'body');
    s3.beforeNext('writeSidecar', () => {
      throw new MidstateError('AccessDenied', 'no');
    });

    const { receipts } = await runActivity(bench.activities.publishDigests, {
      description: s3.find(object).description,
      digests: { sha1: NEW },
      publish: { tags: true, sidecar: true },
    });

    expect(receipts.map(({ sink, status }) => [sink, status])).toEqual([
      ['tags', 'written'],
      ['sidecar', 'refused'],
    ]);
  });
});
