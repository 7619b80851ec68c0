import { ApplicationFailure } from '@temporalio/common';
import type { WorkflowFailedError } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { HashRangeInput } from '../../activities/index.js';
import type { Checkpoint, ObjectRef } from '../../src/core/contracts.js';
import { PROGRESS_QUERY, type JobProgress } from '../../src/core/job-progress.js';
import { createGate, eventually } from '../setup/eventually.js';
import { eventsOf, eventsOfAllRuns, scheduledActivities } from '../setup/histories.js';
import { IMAGINED_CRC, instantRange, instantScript } from '../setup/instant-script.js';
import { freshBytes } from '../setup/stack-clients.js';
import { WorkflowStage, type Job } from '../setup/workflow-stage.js';
import { oneShot } from '../unit/hashing-engines.js';

const RANGE_BYTES = 1_000_064;
const SIZE = 4 * RANGE_BYTES + 777;
const policy = { rangeSizeBytes: RANGE_BYTES, parallelRanges: 3 };
const algorithms = ['crc64nvme', 'crc32c'] as const;

let stage: WorkflowStage;

beforeAll(async () => {
  stage = await WorkflowStage.open();
});

afterAll(() => stage.close());

async function crcsOf(body: Buffer): Promise<Record<string, string>> {
  return { crc64nvme: await oneShot('crc64nvme', body), crc32c: await oneShot('crc32c', body) };
}

/** Lets the real `hashRange` work and keeps what it was asked. */
function recordInputs(object: ObjectRef): HashRangeInput[] {
  const inputs: HashRangeInput[] = [];
  stage.script(object, {
    hashRange: (input) => {
      inputs.push(input);
      return stage.real.hashRange(input);
    },
  });
  return inputs;
}

function startBytes(inputs: readonly HashRangeInput[]): number[] {
  return inputs.map(({ startByte }) => startByte).sort((a, b) => a - b);
}

async function durableBytes(job: Job): Promise<number> {
  return (await job.query<JobProgress>(PROGRESS_QUERY)).bytesHashed;
}

/**
 * Fails a job for good in its range at `failingByte`, once the ranges before it have been combined, as a range fails
 * inside which some bytes were hashed already. Returns the checkpoint that the job's failure carries.
 */
async function failAfterTwoRanges(object: ObjectRef, parallelRanges: number): Promise<Checkpoint> {
  const failing = createGate();
  stage.script(object, {
    hashRange: async (input) => {
      if (input.startByte < 2 * RANGE_BYTES) return await stage.real.hashRange(input);
      await failing.opened;
      const isPart = input.originByte !== undefined;
      const inside = {
        object,
        bytesHashed: input.startByte + 1_024,
        midstates: [],
        originByte: input.startByte,
      };
      throw ApplicationFailure.nonRetryable('denied', 'AccessDenied', ...(isPart ? [inside] : []));
    },
  });
  const job = await stage.start(object, { algorithms, policy: { ...policy, parallelRanges } });
  await eventually(async () => (await durableBytes(job)) === 2 * RANGE_BYTES, {
    what: 'two ranges combined',
  });
  failing.open();
  const error: unknown = await job.result().catch((reason: unknown) => reason);
  const { cause } = error as WorkflowFailedError;
  expect(cause).toMatchObject({ type: 'AccessDenied' });
  stage.script(object, {});
  return ((cause as ApplicationFailure).details as [{ checkpoint: Checkpoint }])[0].checkpoint;
}

describe('hashObject with algorithms that can be combined', () => {
  test('hashes as many ranges at once as the policy says, each by itself, to the digest of the whole', async () => {
    const body = freshBytes(SIZE);
    const object = await stage.upload(body);
    const inputs: HashRangeInput[] = [];
    const three = createGate();
    let underWay = 0;
    let most = 0;
    stage.script(object, {
      hashRange: async (input) => {
        inputs.push(input);
        most = Math.max(most, ++underWay);
        if (underWay === 3) three.open();
        await three.opened;
        const result = await stage.real.hashRange(input);
        underWay--;
        return result;
      },
    });

    const { digests, proof, stats } = await stage.hash(object, { policy, algorithms });

    expect(digests).toEqual(await crcsOf(body));
    expect(proof).toMatchObject({
      kind: 'stored-checksum',
      algorithm: 'crc64nvme',
      value: digests.crc64nvme,
    });
    expect(most).toBe(3);
    expect(startBytes(inputs)).toEqual([0, 1, 2, 3, 4].map((index) => index * RANGE_BYTES));
    expect(
      inputs.every(
        ({ originByte, startByte, midstates }) => originByte === startByte && midstates.length === 0,
      ),
    ).toBe(true);
    expect(stats).toMatchObject({ bytesRead: SIZE, bytesReadTwice: 0, ranges: 5, attempts: 5 });
  });

  test('combines the ranges in the order of the object, whichever ends first', async () => {
    const body = freshBytes(SIZE);
    const object = await stage.upload(body);
    const othersDone = createGate();
    stage.script(object, {
      hashRange: async (input) => {
        // With three at once, the last range starts when two of the others have ended.
        if (input.startByte === 4 * RANGE_BYTES) othersDone.open();
        if (input.startByte === 0) await othersDone.opened;
        return await stage.real.hashRange(input);
      },
    });

    const { digests } = await stage.hash(object, { policy, algorithms });

    expect(digests).toEqual(await crcsOf(body));
  });

  test('takes no more history events a range than one after another', async () => {
    const object = stage.imagine(100 * RANGE_BYTES);
    stage.script(object, instantScript(object));

    const job = await stage.start(object, { algorithms, policy: { ...policy, parallelRanges: 8 } });
    const { digests, stats } = await job.result();

    expect(digests).toEqual({ crc64nvme: IMAGINED_CRC.crc64nvme, crc32c: IMAGINED_CRC.crc32c });
    expect(stats.ranges).toBe(100);
    expect((await eventsOf(job)).length).toBeLessThanOrEqual(24 + 6 * 100);
  });

  test('a range that has to be tried again costs that range alone', async () => {
    const body = freshBytes(SIZE);
    const object = await stage.upload(body);
    let isTried = false;
    stage.script(object, {
      hashRange: (input) => {
        if (input.startByte !== RANGE_BYTES || isTried) return stage.real.hashRange(input);
        isTried = true;
        throw ApplicationFailure.create({ type: 'StoreUnavailable', message: 'busy', nextRetryDelay: 1 });
      },
    });

    const { digests, stats } = await stage.hash(object, { policy, algorithms });

    expect(digests).toEqual(await crcsOf(body));
    expect(stats).toMatchObject({ attempts: 6, ranges: 5 });
  });

  test('is proved by a CRC that nobody asked for, without another read', async () => {
    const body = freshBytes(SIZE);
    const object = await stage.upload(body);
    const inputs = recordInputs(object);

    const { digests, proof, stats } = await stage.hash(object, { policy, algorithms: ['crc32c'] });

    expect(digests).toEqual({ crc32c: await oneShot('crc32c', body) });
    expect(proof).toMatchObject({ kind: 'stored-checksum', algorithm: 'crc64nvme' });
    expect(inputs[0]?.algorithms).toEqual(['crc32c', 'crc64nvme']);
    expect(stats.bytesRead).toBe(SIZE);
  });

  test.for([
    { why: 'an algorithm asked for cannot be combined', asked: ['crc32', 'sha1'], stored: [] },
    { why: 'the one that proves cannot', asked: ['crc32'], stored: ['sha1'] },
  ] as const)('reads one range after another where $why', async ({ asked, stored }) => {
    const object = stage.imagine(3 * RANGE_BYTES);
    const inputs: HashRangeInput[] = [];
    const checksums = stored.map((algorithm) => ({
      algorithm,
      value: 'abcd'.repeat(10),
      type: 'FULL_OBJECT' as const,
    }));
    stage.script(object, {
      ...instantScript(object, checksums),
      hashRange: (input) => {
        inputs.push(input);
        return Promise.resolve(instantRange(input));
      },
    });

    await stage.hash(object, { policy, algorithms: asked });

    expect(inputs.map(({ originByte }) => originByte)).toEqual([undefined, undefined, undefined]);
    expect(inputs[0]?.algorithms).toEqual(['crc32', 'sha1']);
    expect(inputs.map(({ midstates }) => midstates.length)).toEqual([0, 2, 2]);
  });

  test('reads one range after another where the policy says one', async () => {
    const object = await stage.upload(freshBytes(2 * RANGE_BYTES));
    const inputs = recordInputs(object);

    await stage.hash(object, { policy: { ...policy, parallelRanges: 1 }, algorithms });

    expect(inputs.map(({ originByte }) => originByte)).toEqual([undefined, undefined]);
  });

  test('continues as new with what has been combined', async () => {
    const body = freshBytes(SIZE);
    const object = await stage.upload(body);
    const inputs = recordInputs(object);

    const job = await stage.start(object, { algorithms, policy: { ...policy, rangesPerRun: 2 } });
    const { digests, stats } = await job.result();

    const runs = await eventsOfAllRuns(stage.clients.temporal, job.workflowId);
    const ranges = runs.map(
      (events) => scheduledActivities(events).filter(({ type }) => type === 'hashRange').length,
    );
    expect(ranges).toEqual([2, 2, 1]);
    expect(digests).toEqual(await crcsOf(body));
    expect(stats).toMatchObject({ bytesRead: SIZE, bytesReadTwice: 0, ranges: 5 });
    // The last range is the only one of its run: it goes on from the combined midstates.
    expect(inputs.at(-1)).toMatchObject({ midstates: [{ bytesHashed: 4 * RANGE_BYTES }, {}] });
    expect(inputs.at(-1)).not.toHaveProperty('originByte');
  });

  test.for([
    { first: 3, then: 1 },
    { first: 1, then: 3 },
  ])('a job of $first at once that failed goes on with $then at once', async ({ first, then }) => {
    const body = freshBytes(SIZE);
    const object = await stage.upload(body);

    const checkpoint = await failAfterTwoRanges(object, first);
    const inputs = recordInputs(object);
    const { digests, stats } = await stage.hash(object, {
      algorithms,
      policy: { ...policy, parallelRanges: then },
      resumeFrom: checkpoint,
    });

    expect(checkpoint).toMatchObject({ bytesHashed: 2 * RANGE_BYTES, midstates: [{}, {}] });
    expect(checkpoint).not.toHaveProperty('originByte');
    // Those at once may arrive in any order.
    const next = inputs.find(({ startByte }) => startByte === Math.min(...startBytes(inputs)));
    expect(next?.startByte).toBe(2 * RANGE_BYTES);
    expect(next?.originByte).toBe(then === 1 ? undefined : 2 * RANGE_BYTES);
    expect(digests).toEqual(await crcsOf(body));
    expect(stats.bytesRead).toBe(SIZE - 2 * RANGE_BYTES);
  });

  test("a part's checkpoint is never gone on from", async () => {
    const body = freshBytes(2 * RANGE_BYTES);
    const object = await stage.upload(body);
    const inputs = recordInputs(object);
    const midstates = algorithms.map((algorithm) => {
      const state = Buffer.alloc(algorithm === 'crc64nvme' ? 8 : 4, 7).toString('base64');
      return { format: 1 as const, algorithm, bytesHashed: 1_024, state };
    });
    const resumeFrom: Checkpoint = {
      object,
      bytesHashed: RANGE_BYTES + 1_024,
      midstates,
      originByte: RANGE_BYTES,
    };

    const { digests } = await stage.hash(object, { algorithms, policy, resumeFrom });

    expect(startBytes(inputs)).toEqual([0, RANGE_BYTES]);
    expect(digests).toEqual(await crcsOf(body));
  });

  test('an object that changes under one of them is superseded, whatever the others do', async () => {
    const object = stage.imagine(3 * RANGE_BYTES);
    const never = createGate();
    stage.script(object, {
      ...instantScript(object),
      hashRange: async (input) => {
        if (input.startByte === RANGE_BYTES) throw ApplicationFailure.nonRetryable('other', 'ObjectChanged');
        await never.opened;
        return instantRange(input);
      },
    });

    const { outcome, digests } = await stage.hash(object, { algorithms, policy });
    never.open();

    expect({ outcome, digests }).toEqual({ outcome: 'superseded', digests: {} });
  });

  test('bytes that are not those stored are read once more, then the job fails and nothing is published', async () => {
    const object = stage.imagine(3 * RANGE_BYTES);
    const stored = { algorithm: 'crc64nvme', value: 'f'.repeat(16), type: 'FULL_OBJECT' } as const;
    stage.script(object, instantScript(object, [stored]));

    const job = await stage.start(object, {
      algorithms: ['crc32'],
      policy: { ...policy, publish: { tags: true } },
    });
    const error: unknown = await job.result().catch((reason: unknown) => reason);

    expect((error as WorkflowFailedError).cause).toMatchObject({ type: 'CorruptRead' });
    expect(stage.callsFor(object).filter((call) => call === 'hashRange')).toHaveLength(6);
    expect(stage.callsFor(object)).not.toContain('publishDigests');
  });
});
