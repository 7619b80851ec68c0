import { ApplicationFailure } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { HashRangeInput, HashRangeResult } from '../../activities/index.js';
import type { Checkpoint, ObjectRef } from '../../src/core/contracts.js';
import { selectEngine } from '../../src/hashing/index.js';
import { eventsOf, eventsOfAllRuns, scheduledActivities } from '../setup/histories.js';
import { instantRange, instantScript, midstateAt, IMAGINED_DIGEST } from '../setup/instant-script.js';
import { freshBytes, opensslDigest } from '../setup/stack-clients.js';
import { WorkflowStage, type Job } from '../setup/workflow-stage.js';

const RANGE_BYTES = 1_000_064;
const policy = { rangeSizeBytes: RANGE_BYTES };

/** S3's largest object; its ranges in the 512 MB class hash for ten minutes each. */
const HUGE = { sizeBytes: 50 * 2 ** 40, startByte: 900 * 42_000_000_000, rangesPerRun: 400 };

let stage: WorkflowStage;
let hugeJob: Job;

beforeAll(async () => {
  stage = await WorkflowStage.open();
  hugeJob = await startHugeJob(); // it takes a while: the other tests run meanwhile
});

afterAll(() => stage.close());

/** All but its last 409 ranges are taken for done. */
async function startHugeJob(): Promise<Job> {
  const object = stage.imagine(HUGE.sizeBytes);
  stage.script(object, instantScript(object));
  const { startByte } = HUGE;
  return stage.start(object, {
    resumeFrom: { object, bytesHashed: startByte, midstates: [midstateAt(startByte)] },
  });
}

/** Lets the real `hashRange` work and keeps what it was asked and what it answered. */
function recordRanges(object: ObjectRef): { inputs: HashRangeInput[]; results: HashRangeResult[] } {
  const record = { inputs: [] as HashRangeInput[], results: [] as HashRangeResult[] };
  stage.script(object, {
    hashRange: async (input) => {
      record.inputs.push(input);
      const result = await stage.real.hashRange(input);
      record.results.push(result);
      return result;
    },
  });
  return record;
}

describe('hashObject, an object of several ranges', () => {
  test('hashes range after range, each from the midstates of the one before', async () => {
    const body = freshBytes(3_500_000);
    const object = await stage.upload(body);
    const { inputs, results } = recordRanges(object);

    const { digests, stats } = await stage.hash(object, { policy, algorithms: ['sha1', 'sha512'] });

    expect(digests).toEqual({ sha1: opensslDigest('sha1', body), sha512: opensslDigest('sha512', body) });
    expect(inputs.map(({ startByte, endByteExclusive }) => [startByte, endByteExclusive])).toEqual([
      [0, RANGE_BYTES],
      [RANGE_BYTES, 2 * RANGE_BYTES],
      [2 * RANGE_BYTES, 3 * RANGE_BYTES],
      [3 * RANGE_BYTES, 3_500_000],
    ]);
    expect(inputs[0]?.midstates).toEqual([]);
    expect(inputs.slice(1).map(({ midstates }) => midstates)).toEqual(
      results.slice(0, -1).map(({ midstates }) => midstates),
    );
    expect(inputs[1]?.midstates).toMatchObject([
      { algorithm: 'sha1', bytesHashed: RANGE_BYTES },
      { algorithm: 'sha512', bytesHashed: RANGE_BYTES },
      // The checksum that S3 holds, computed beside them for the proof.
      { algorithm: 'crc64nvme', bytesHashed: RANGE_BYTES },
    ]);
    expect(stats).toMatchObject({
      bytesRead: 3_500_000,
      bytesReadTwice: 0,
      lostAttempts: 0,
      ranges: 4,
      attempts: 4,
    });
  });

  test('takes at most 24 history events and 6 for each range', async () => {
    const object = await stage.upload(freshBytes(3_500_000));

    const job = await stage.start(object, { policy: { ...policy, publish: { tags: true } } });
    await job.result();

    const events = await eventsOf(job);
    expect(events.length).toBeLessThanOrEqual(24 + 6 * 4);
    expect(scheduledActivities(events)).toEqual([
      { type: 'describeObject', taskQueue: stage.taskQueuePrefix, summary: 'describe' },
      ...['0–1.0 MB', '1.0–2.0 MB', '2.0–3.0 MB', '3.0–3.5 MB'].map((bytes, index) => ({
        type: 'hashRange',
        taskQueue: `${stage.taskQueuePrefix}-256`,
        summary: `range ${String(index + 1)}/4 · ${bytes} · 256 MB`,
      })),
      { type: 'publishDigests', taskQueue: stage.taskQueuePrefix, summary: 'publish' },
    ]);
  });

  test('goes to the 512 MB class from 100 MB on, and to the class that the policy demands', async () => {
    const big = stage.imagine(100_000_000);
    const forced = stage.imagine(100_000_000);
    for (const object of [big, forced]) stage.script(object, instantScript(object));

    const chosen = await stage.start(big);
    const demanded = await stage.start(forced, { policy: { memoryClassMB: 256 } });
    const stats = [(await chosen.result()).stats, (await demanded.result()).stats];

    const queues = await Promise.all(
      [chosen, demanded].map(async (job) => scheduledActivities(await eventsOf(job)).at(-1)?.taskQueue),
    );
    expect(stats.map(({ memoryClassMB }) => memoryClassMB)).toEqual([512, 256]);
    expect(queues).toEqual([`${stage.taskQueuePrefix}-512`, `${stage.taskQueuePrefix}-256`]);
  });

  test('continues as new after its share of ranges, with the right digest and the sums of all runs', async () => {
    const body = freshBytes(4_900_000);
    const object = await stage.upload(body);

    const job = await stage.start(object, { policy: { ...policy, rangesPerRun: 2 } });
    const { digests, stats } = await job.result();

    const runs = await eventsOfAllRuns(stage.clients.temporal, job.workflowId);
    const rangesPerRun = runs.map((events) => scheduledActivities(events).filter(isRange).length);
    expect(digests.sha1).toBe(opensslDigest('sha1', body));
    expect(stats).toMatchObject({ bytesRead: 4_900_000, bytesReadTwice: 0, ranges: 5, attempts: 5 });
    expect(rangesPerRun).toEqual([2, 2, 1]);
    expect(stage.callsFor(object).filter((call) => call === 'describeObject')).toHaveLength(1);
  });

  test('the start time of the first run is the start time of the job', async () => {
    const object = stage.imagine(3 * RANGE_BYTES);
    stage.script(object, instantScript(object));
    const before = new Date().toISOString();

    const { startedAt, finishedAt } = (await stage.hash(object, { policy: { ...policy, rangesPerRun: 1 } }))
      .stats;

    expect(startedAt >= before).toBe(true);
    expect(finishedAt > startedAt).toBe(true);
  });

  test('starts from the checkpoint of an earlier job of the same version', async () => {
    const body = freshBytes(2_500_000);
    const object = await stage.upload(body);
    const { inputs } = recordRanges(object);
    const earlier = await (await selectEngine()).createHasher(['sha1']);
    earlier.update(body.subarray(0, RANGE_BYTES));
    const midstates = earlier.midstates();
    const resumeFrom: Checkpoint = { object, bytesHashed: RANGE_BYTES, midstates };

    const { digests, stats } = await stage.hash(object, { policy, resumeFrom });

    expect(digests.sha1).toBe(opensslDigest('sha1', body));
    expect(inputs[0]?.startByte).toBe(RANGE_BYTES);
    expect(stats.bytesRead).toBe(2_500_000 - RANGE_BYTES);
  });

  test.for([
    { what: 'of another upload', change: { etag: 'another' }, bytesHashed: RANGE_BYTES, algorithm: 'sha1' },
    {
      what: 'of another version',
      change: { versionId: 'another' },
      bytesHashed: RANGE_BYTES,
      algorithm: 'sha1',
    },
    { what: 'beyond the end', change: {}, bytesHashed: 5 * RANGE_BYTES, algorithm: 'sha1' },
    { what: 'of another algorithm', change: {}, bytesHashed: RANGE_BYTES, algorithm: 'md5' },
  ] as const)('a checkpoint $what is not used', async ({ change, bytesHashed, algorithm }) => {
    const object = stage.imagine(3 * RANGE_BYTES);
    const starts: { startByte: number; midstates: number }[] = [];
    stage.script(object, {
      ...instantScript(object),
      hashRange: (input) => {
        starts.push({ startByte: input.startByte, midstates: input.midstates.length });
        return Promise.resolve(instantRange(input));
      },
    });
    const resumeFrom: Checkpoint = {
      object: { ...object, ...change },
      bytesHashed,
      midstates: [midstateAt(bytesHashed, algorithm)],
    };

    const { outcome, digests } = await stage.hash(object, { policy, resumeFrom });

    expect({ outcome, sha1: digests.sha1 }).toEqual({ outcome: 'hashed', sha1: IMAGINED_DIGEST });
    expect(starts).toEqual([
      { startByte: 0, midstates: 0 },
      { startByte: RANGE_BYTES, midstates: 1 },
      { startByte: 2 * RANGE_BYTES, midstates: 1 },
    ]);
  });

  test('adds up the attempts of ranges that had to be tried again', async () => {
    const object = stage.imagine(2 * RANGE_BYTES);
    let attempts = 0;
    stage.script(object, {
      ...instantScript(object),
      hashRange: (input) => {
        attempts++;
        if (attempts === 2) throw ApplicationFailure.create({ message: 'busy', nextRetryDelay: 1 });
        const { stats, ...result } = instantRange(input);
        const isRetried = attempts === 3;
        return Promise.resolve({
          ...result,
          stats: isRetried ? { ...stats, bytesReadTwice: 7, attempts: 2, lostAttempts: 1 } : stats,
        });
      },
    });

    const { stats } = await stage.hash(object, { policy });

    expect(stats).toMatchObject({ attempts: 3, bytesReadTwice: 7, lostAttempts: 1, ranges: 2 });
  });
});

describe("hashObject, S3's largest object", () => {
  test('50 TiB take 1,309 ranges: its last run but one takes at most 4,000 history events', async () => {
    const { outcome, digests, stats } = await hugeJob.result();

    const runs = await eventsOfAllRuns(stage.clients.temporal, hugeJob.workflowId);
    const ranges = runs.map((events) => scheduledActivities(events).filter(isRange));
    expect({ outcome, sha1: digests.sha1 }).toEqual({ outcome: 'hashed', sha1: IMAGINED_DIGEST });
    expect(stats).toMatchObject({ bytesRead: HUGE.sizeBytes - HUGE.startByte, memoryClassMB: 512 });
    expect(ranges.map(({ length }) => length)).toEqual([HUGE.rangesPerRun, 9]);
    expect(ranges[1]?.at(-1)?.summary).toMatch(/^range 1309\/1309 · /);
    expect(Math.max(...runs.map(({ length }) => length))).toBeLessThanOrEqual(4_000);
  });
});

function isRange({ type }: { readonly type: string }): boolean {
  return type === 'hashRange';
}
