import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { HashRangeInput } from '../../activities/index.js';
import type { Checkpoint } from '../../src/core/contracts.js';
import { IMAGINED_DIGEST, instantRange, instantScript } from '../setup/instant-script.js';
import { freshBytes, opensslDigest } from '../setup/stack-clients.js';
import { WorkflowStage, type Job } from '../setup/workflow-stage.js';

const RANGE_BYTES = 1_000_064;
const policy = { rangeSizeBytes: RANGE_BYTES };

/** What S3 holds of an imaginary object whose digest is right, and of one whose bytes were read wrongly. */
const STORED_RIGHT = { algorithm: 'sha1', value: IMAGINED_DIGEST, type: 'FULL_OBJECT' } as const;
const STORED_OTHER = { ...STORED_RIGHT, value: '0'.repeat(40) };

let stage: WorkflowStage;

beforeAll(async () => {
  stage = await WorkflowStage.open();
});

afterAll(() => stage.close());

async function failureOf(job: Job): Promise<ApplicationFailure> {
  const error: unknown = await job.result().catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(WorkflowFailedError);
  const { cause } = error as WorkflowFailedError;
  expect(cause).toBeInstanceOf(ApplicationFailure);
  return cause as ApplicationFailure;
}

describe('hashObject, the other outcomes', () => {
  test.for([
    { size: 'small', sizeBytes: 1_000 },
    { size: 'of several ranges', sizeBytes: 2_500_000 },
  ])(
    'an object ($size) that was overwritten is superseded, and nothing is said of it',
    async ({ sizeBytes }) => {
      const older = await stage.upload(freshBytes(sizeBytes));
      await stage.upload(freshBytes(sizeBytes), older.key);

      const job = await stage.start(older, { policy: { ...policy, publish: { tags: true } } });
      const result = await job.result();

      expect(result).toMatchObject({
        outcome: 'superseded',
        digests: {},
        published: [],
        verdict: 'unverified',
      });
      expect(await stage.attributesOf(job)).toMatchObject({ HashStatus: 'superseded' });
      expect(await stage.attributesOf(job)).not.toHaveProperty('HashDigests');
    },
  );

  test('an object that is overwritten between two ranges is superseded', async () => {
    const object = await stage.upload(freshBytes(2_500_000));
    stage.script(object, {
      hashRange: async (input) => {
        if (input.startByte > 0) await stage.upload(freshBytes(2_500_000), object.key);
        return stage.real.hashRange(input);
      },
    });

    const { outcome, digests } = await stage.hash(object, { policy });

    expect({ outcome, digests }).toEqual({ outcome: 'superseded', digests: {} });
  });

  test('an object that was deleted is gone', async () => {
    const object = await stage.upload(freshBytes(2_500_000));
    stage.script(object, {
      hashRange: async (input) => {
        const { bucket: Bucket, key: Key } = object;
        await stage.clients.s3.send(new DeleteObjectCommand({ Bucket, Key }));
        return stage.real.hashRange(input);
      },
    });

    const job = await stage.start(object, { policy });

    expect(await job.result()).toMatchObject({ outcome: 'gone', digests: {} });
    expect(await stage.attributesOf(job)).toMatchObject({ HashStatus: 'gone' });
  });

  test('a job that is denied access fails under that name, with its last checkpoint', async () => {
    const object = stage.imagine(3 * RANGE_BYTES);
    stage.script(object, {
      ...instantScript(object),
      hashRange: (input) => {
        if (input.startByte < 2 * RANGE_BYTES) return Promise.resolve(instantRange(input));
        throw ApplicationFailure.nonRetryable('access denied [bucket=b]', 'AccessDenied');
      },
    });

    const job = await stage.start(object, { policy });
    const failure = await failureOf(job);

    const [{ checkpoint }] = failure.details as [{ checkpoint: Checkpoint }];
    expect({ type: failure.type, message: failure.message }).toEqual({
      type: 'AccessDenied',
      message: 'access denied [bucket=b]',
    });
    expect(checkpoint).toMatchObject({
      object,
      bytesHashed: 2 * RANGE_BYTES,
      midstates: [{ algorithm: 'sha1', bytesHashed: 2 * RANGE_BYTES }],
    });
    expect(await stage.attributesOf(job)).toMatchObject({ HashStatus: 'failed', HashCause: 'AccessDenied' });
    expect((await job.describe()).status.name).toBe('FAILED');
  });

  test('a job that failed can be started again, and goes on from the checkpoint of its failure', async () => {
    const body = freshBytes(2_500_000);
    const object = await stage.upload(body);
    stage.script(object, {
      hashRange: (input) => {
        if (input.startByte === 0) return stage.real.hashRange(input);
        throw ApplicationFailure.nonRetryable('denied', 'AccessDenied');
      },
    });
    const [{ checkpoint }] = (await failureOf(await stage.start(object, { policy }))).details as [
      { checkpoint: Checkpoint },
    ];
    stage.script(object, {});

    const { digests, stats } = await stage.hash(object, { policy, resumeFrom: checkpoint });

    expect(digests.sha1).toBe(opensslDigest('sha1', body));
    expect(stats.bytesRead).toBe(2_500_000 - RANGE_BYTES);
  });
});

describe('hashObject, bytes that are not those stored', () => {
  test('a large object is read once more from its start, and hashed', async () => {
    const object = stage.imagine(2 * RANGE_BYTES);
    const inputs: HashRangeInput[] = [];
    stage.script(object, {
      ...instantScript(object, [STORED_RIGHT]),
      hashRange: (input) => {
        inputs.push(input);
        const isWrong = inputs.length === 2;
        return Promise.resolve({
          ...instantRange(input),
          ...(isWrong ? { digests: { sha1: 'f'.repeat(40) } } : {}),
        });
      },
    });

    const { outcome, digests, proof, stats } = await stage.hash(object, { policy });

    expect({ outcome, digests }).toEqual({ outcome: 'hashed', digests: { sha1: IMAGINED_DIGEST } });
    expect(proof).toEqual({ kind: 'stored-checksum', algorithm: 'sha1', value: IMAGINED_DIGEST });
    expect(inputs.map(({ startByte, midstates }) => [startByte, midstates.length])).toEqual([
      [0, 0],
      [RANGE_BYTES, 1],
      [0, 0],
      [RANGE_BYTES, 1],
    ]);
    expect(stats).toMatchObject({ bytesRead: 4 * RANGE_BYTES, ranges: 4 });
  });

  test('read wrongly twice, the job fails as CorruptRead and nothing is published', async () => {
    const object = stage.imagine(2 * RANGE_BYTES);
    stage.script(object, instantScript(object, [STORED_OTHER]));

    const job = await stage.start(object, { policy: { ...policy, publish: { tags: true } } });
    const failure = await failureOf(job);

    expect(failure.type).toBe('CorruptRead');
    expect(failure.message).toContain(`expected=${STORED_OTHER.value}, actual=${IMAGINED_DIGEST}`);
    expect(stage.callsFor(object).filter((call) => call === 'hashRange')).toHaveLength(4);
    expect(stage.callsFor(object)).not.toContain('publishDigests');
    expect(await stage.attributesOf(job)).toMatchObject({ HashStatus: 'failed', HashCause: 'CorruptRead' });
  });

  test('the second reading is counted across continue-as-new', async () => {
    const object = stage.imagine(2 * RANGE_BYTES);
    stage.script(object, instantScript(object, [STORED_OTHER]));

    const failure = await failureOf(await stage.start(object, { policy: { ...policy, rangesPerRun: 1 } }));

    expect(failure.type).toBe('CorruptRead');
    expect(stage.callsFor(object).filter((call) => call === 'hashRange')).toHaveLength(4);
  });

  test.for([
    { times: 1, end: 'hashed' },
    { times: 2, end: 'CorruptRead' },
  ])('a small object read wrongly $times time(s) ends as $end', async ({ times, end }) => {
    const object = await stage.upload(freshBytes(1_000));
    let wrong = 0;
    stage.script(object, {
      hashSmallObject: (input) => {
        if (wrong++ < times) throw ApplicationFailure.nonRetryable('other bytes', 'CorruptRead');
        return stage.real.hashSmallObject(input);
      },
    });

    const job = await stage.start(object);
    const ended = times === 1 ? (await job.result()).outcome : (await failureOf(job)).type;

    expect(ended).toBe(end);
    expect(stage.callsFor(object)).toEqual(['hashSmallObject', 'hashSmallObject']);
  });
});
