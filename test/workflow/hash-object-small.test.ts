import { ApplicationFailure } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventsOf, scheduledActivities } from '../setup/histories.js';
import { freshBytes, opensslDigest } from '../setup/stack-clients.js';
import { WorkflowStage } from '../setup/workflow-stage.js';

let stage: WorkflowStage;

beforeAll(async () => {
  stage = await WorkflowStage.open();
});

afterAll(() => stage.close());

describe('hashObject, an object of one chunk or less', () => {
  test('takes exactly one activity and at most twelve history events', async () => {
    const body = freshBytes(100_000);
    const object = await stage.upload(body);

    const job = await stage.start(object);
    const result = await job.result();

    const events = await eventsOf(job);
    expect(result).toMatchObject({
      outcome: 'hashed',
      object,
      digests: { sha1: opensslDigest('sha1', body) },
    });
    expect(events.length).toBeLessThanOrEqual(12);
    expect(scheduledActivities(events)).toEqual([
      {
        type: 'hashSmallObject',
        taskQueue: `${stage.taskQueuePrefix}-256`,
        summary: 'whole object · 256 MB',
      },
    ]);
  });

  test('an object of no bytes has the digest of nothing', async () => {
    const object = await stage.upload('');

    const { digests, stats } = await stage.hash(object);

    expect(digests.sha1).toBe('da39a3ee5e6b4b0d3255bfef95601890afd80709');
    expect(stats).toMatchObject({ bytesRead: 0, ranges: 1, attempts: 1 });
  });

  test('describes first when the event did not tell the size', async () => {
    const body = freshBytes(1_000);
    const { bucket, key } = await stage.upload(body);

    const result = await stage.hash({ bucket, key });

    expect(stage.callsFor({ key })).toEqual(['describeObject', 'hashSmallObject']);
    expect(result.object).toMatchObject({ sizeBytes: 1_000, etag: opensslDigest('md5', body) });
    expect(result.digests.sha1).toBe(opensslDigest('sha1', body));
  });

  test('the end is findable: status, verdict, digests, class and size', async () => {
    const body = freshBytes(1_000);
    const object = await stage.upload(body);
    const [sha1, md5] = [opensslDigest('sha1', body), opensslDigest('md5', body)];

    const job = await stage.start(object, { algorithms: ['sha1', 'md5'], expected: { sha1 } });
    await job.result();

    const { typedSearchAttributes, memo, staticSummary } = await job.describe();
    const found = Object.fromEntries(
      typedSearchAttributes.getAll().map(({ key, value }) => [key.name, value]),
    );
    expect(found).toMatchObject({
      S3Bucket: object.bucket,
      S3Key: object.key,
      HashStatus: 'hashed',
      HashVerdict: 'match',
      HashAlgorithms: ['sha1', 'md5'],
      HashDigests: [`sha1:${sha1}`, `md5:${md5}`],
      MemoryClass: '256',
      ObjectSizeBytes: 1_000,
    });
    expect(found).not.toHaveProperty('HashCause');
    expect(memo).toEqual(object);
    expect(await staticSummary()).toBe(`hash s3://${object.bucket}/${object.key}`);
  });

  test.for([
    { claim: 'right', wanted: 'match' },
    { claim: 'right, in capitals', wanted: 'match' },
    { claim: 'wrong', wanted: 'mismatch' },
    { claim: 'of another algorithm', wanted: 'unverified' },
    { claim: 'absent', wanted: 'unverified' },
  ] as const)('an expected digest that is $claim gives the verdict $wanted', async ({ claim, wanted }) => {
    const body = freshBytes(100);
    const sha1 = opensslDigest('sha1', body);
    const expected = {
      right: { sha1 },
      'right, in capitals': { sha1: sha1.toUpperCase() },
      wrong: { sha1: '0'.repeat(40) },
      'of another algorithm': { md5: opensslDigest('md5', body) },
      absent: {},
    }[claim];

    const { outcome, verdict, digests } = await stage.hash(await stage.upload(body), { expected });

    expect({ outcome, verdict, digests }).toEqual({ outcome: 'hashed', verdict: wanted, digests: { sha1 } });
  });

  test('computes every algorithm asked for in one reading', async () => {
    const body = freshBytes(5_000);
    const object = await stage.upload(body);

    const { digests, stats } = await stage.hash(object, {
      algorithms: ['md5', 'sha1', 'sha256', 'sha512', 'crc32', 'crc32c', 'crc64nvme', 'blake3'],
    });

    expect(digests).toMatchObject({
      md5: opensslDigest('md5', body),
      sha1: opensslDigest('sha1', body),
      sha256: opensslDigest('sha256', body),
      sha512: opensslDigest('sha512', body),
    });
    expect(Object.keys(digests)).toHaveLength(8);
    expect(stats.bytesRead).toBe(5_000);
  });

  test('a fault that passes costs another attempt, not the job', async () => {
    const body = freshBytes(1_000);
    const object = await stage.upload(body);
    let attempts = 0;
    stage.script(object, {
      describeObject: () => Promise.reject(new Error('not asked for')),
      hashSmallObject: async (input) => {
        attempts++;
        if (attempts === 1) throw ApplicationFailure.retryable('busy', 'StoreUnavailable');
        stage.script(object, {});
        return stage.real.hashSmallObject(input);
      },
    });

    const { outcome, stats } = await stage.hash(object);

    expect({ outcome, attempts: stats.attempts }).toEqual({ outcome: 'hashed', attempts: 2 });
  });
});
