import { Context } from '@temporalio/activity';
import { ApplicationFailure, defineSearchAttributeKey } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { HashRangeInput, HashRangeProgress, HashRangeResult } from '../../activities/index.js';
import type { MemoryClassMB } from '../../src/core/memory-classes.js';
import { SEARCH_ATTRIBUTES } from '../../src/core/search-attributes.js';
import { createGate, eventually } from '../setup/eventually.js';
import { eventsOf, scheduledActivities } from '../setup/histories.js';
import { startInProcessWorkers } from '../setup/in-process-workers.js';
import { LEAST_PART_BYTES, uploadParts } from '../setup/multipart-upload.js';
import { freshBytes, opensslDigest } from '../setup/stack-clients.js';
import { WorkflowStage, type Job } from '../setup/workflow-stage.js';
import { oneShot } from '../unit/hashing-engines.js';
import { theStack } from '../setup/the-stack.js';

const RANGE_BYTES = 1_000_064;
const policy = { rangeSizeBytes: RANGE_BYTES, lossBoundSeconds: 1 };

let stage: WorkflowStage;

beforeAll(async () => {
  stage = await WorkflowStage.open(); // serves 256 and 512 MB
});

afterAll(() => stage.close());

/** Each activity with the class or the part of its task queue. */
async function scheduled(job: Job): Promise<string[]> {
  return scheduledActivities(await eventsOf(job)).map(({ type, taskQueue }) =>
    `${type} ${taskQueue.slice(stage.taskQueuePrefix.length + 1)}`.trim(),
  );
}

async function memoryClassOf(job: Job): Promise<unknown> {
  const key = defineSearchAttributeKey('MemoryClass', SEARCH_ATTRIBUTES.MemoryClass);
  return (await job.describe()).typedSearchAttributes.get(key);
}

/** An attempt that reads half of its range, says so, and is not heard of again: as a killed worker's looks to the server. */
async function dieHalfWay(input: HashRangeInput): Promise<HashRangeResult> {
  const context = Context.current();
  const { startByte, endByteExclusive: end } = input;
  const half = startByte + Math.floor((end - startByte) / 2 / 128) * 128;
  const { bytesHashed, midstates } = await stage.real.hashRange({ ...input, endByteExclusive: half });
  context.heartbeat({
    checkpoint: { object: input.object, bytesHashed, midstates },
    bytesRead: half - startByte,
    lostAttempts: 0,
    attempt: 1,
    handedOn: false,
  } satisfies HashRangeProgress);
  return await context.cancelled;
}

describe('a range whose worker died twice', () => {
  test('goes on from its midstate one class up, and so does the rest of the object', async () => {
    const body = freshBytes(3 * RANGE_BYTES);
    const object = await stage.upload(body);
    let attempts = 0;
    stage.script(object, {
      hashRange: async (input) => {
        const isSecondRange = input.startByte === RANGE_BYTES;
        if (!isSecondRange || ++attempts > 2) return await stage.real.hashRange(input);
        if (attempts === 1) return await dieHalfWay(input);
        return await Context.current().cancelled; // dies before it says anything
      },
    });

    const job = await stage.start(object, { policy });
    const { digests, stats } = await job.result();

    expect(digests).toEqual({ sha1: opensslDigest('sha1', body) });
    expect(await scheduled(job)).toEqual([
      'describeObject',
      'hashRange 256',
      'hashRange 256',
      'findServedClasses',
      'hashRange 512',
      'hashRange 512',
    ]);
    expect(await memoryClassOf(job)).toBe('512');
    expect(stats).toMatchObject({
      memoryClassMB: 512,
      ranges: 3,
      attempts: 1 + 3 + 1 + 1,
      lostAttempts: 2,
      bytesRead: 3 * RANGE_BYTES,
      bytesReadTwice: 0,
    });
  });
});

describe('work for a class that nobody serves', () => {
  test.each([
    { sizeBytes: 3_000_000, activity: 'hashRange 1024', then: 'hashRange 512' },
    { sizeBytes: 1_000, activity: 'hashSmallObject 1024-small', then: 'hashSmallObject 512-small' },
  ])('of $sizeBytes bytes goes on in the nearest class that is served', async (given) => {
    const body = freshBytes(given.sizeBytes);
    const [reached, release] = [createGate(), createGate()];
    const object = await stage.upload(body);
    stage.script(object, {
      hashRange: async (input) => {
        reached.open();
        await release.opened;
        return await stage.real.hashRange(input);
      },
      hashSmallObject: async (input) => {
        reached.open();
        await release.opened;
        return await stage.real.hashSmallObject(input);
      },
    });

    const job = await stage.start(object, {
      policy: {
        lossBoundSeconds: 1,
        memoryClassMB: 1024,
        unservedAfterSeconds: 1,
        rangeSizeBytes: RANGE_BYTES,
      },
    });
    await reached.opened;
    const duringClass = await eventually(() => memoryClassOf(job), { what: 'the class in use' });
    const details = await detailsOf(job);
    release.open();
    const { digests, stats } = await job.result();

    expect(digests).toEqual({ sha1: opensslDigest('sha1', body) });
    expect(await scheduled(job)).toEqual(
      expect.arrayContaining([given.activity, 'findServedClasses', given.then]),
    );
    expect(duringClass).toBe('512');
    expect(details).toContain('no worker serves the 1024 MB class: the 512 MB class goes on');
    expect(stats.memoryClassMB).toBe(512);
  });
});

describe('a job that moves while it reads', () => {
  test('several ranges at once combines their CRCs, and moves once', async () => {
    const body = freshBytes(4 * RANGE_BYTES);
    const object = await stage.upload(body);
    const lost = new Set([0, RANGE_BYTES, 2 * RANGE_BYTES]);
    stage.script(object, {
      hashRange: (input) => {
        const { startByte, originByte = 0 } = input;
        if (!lost.delete(startByte)) return stage.real.hashRange(input);
        const checkpoint = { object, bytesHashed: startByte, midstates: [], originByte };
        const progress = { checkpoint, bytesRead: 0, lostAttempts: 2, attempt: 3, handedOn: true };
        throw ApplicationFailure.nonRetryable('lost', 'WorkerLost', checkpoint, progress);
      },
    });

    const job = await stage.start(object, {
      algorithms: ['crc64nvme'],
      policy: { ...policy, parallelRanges: 3 },
    });
    const { digests, stats } = await job.result();
    const queues = (await scheduled(job)).filter((one) => one.startsWith('hashRange'));

    expect(digests).toEqual({ crc64nvme: await oneShot('crc64nvme', body) });
    expect(queues).toEqual([
      ...Array<string>(3).fill('hashRange 256'),
      ...Array<string>(4).fill('hashRange 512'),
    ]);
    expect(stats).toMatchObject({ memoryClassMB: 512, ranges: 4, bytesReadTwice: 0, lostAttempts: 6 });
  });

  test('the parts of an object proves them in the class that took over', async () => {
    const name = { bucket: 'workflow-tests', key: stage.newKey() };
    const parts = [LEAST_PART_BYTES, 1_000].map(freshBytes);
    const object = await uploadParts(stage.clients.s3, name, parts);

    const job = await stage.start(object, {
      policy: { ...policy, memoryClassMB: 1024, unservedAfterSeconds: 1, proveParts: true },
    });
    const { proof, stats } = await job.result();

    expect(proof).toMatchObject({ kind: 'stored-parts' });
    expect(stats.memoryClassMB).toBe(512);
    expect(await scheduled(job)).toEqual(
      expect.arrayContaining(['hashRange 1024', 'hashRange 512', 'hashParts 512']),
    );
    expect(await scheduled(job)).not.toContain('hashParts 1024');
  });
});

async function detailsOf(job: Job): Promise<string> {
  const metadata = await job.query<{ currentDetails?: string }>('__temporal_workflow_metadata');
  return metadata.currentDetails ?? '';
}

test('work for a class whose workers are all busy waits for them', async () => {
  const busy = stage.imagine(2 * RANGE_BYTES);
  const waiting = await stage.upload(freshBytes(2 * RANGE_BYTES));
  const [isBusy, release] = [createGate(), createGate()];
  stage.script(busy, {
    describeObject: () =>
      Promise.resolve({ object: busy, storageClass: 'STANDARD', storedChecksums: [], isSidecar: false }),
    hashRange: async (input) => {
      const context = Context.current();
      isBusy.open();
      const beat = setInterval(() => {
        context.heartbeat();
      }, 100);
      await release.opened;
      clearInterval(beat);
      return {
        bytesHashed: input.endByteExclusive,
        midstates: [],
        digests: { sha1: 'f' },
        stats: NOTHING_READ,
      };
    },
  });
  const memoryClassMB: MemoryClassMB = 2048;
  const worker = await startInProcessWorkers({
    ...stage.workerOptions,
    temporalAddress: theStack().urls.temporalAddress,
    memoryClassesMB: [memoryClassMB],
    slots: 1,
  });

  const first = await stage.start(busy, { policy: { ...policy, memoryClassMB } });
  await isBusy.opened;
  const second = await stage.start(waiting, {
    policy: { ...policy, memoryClassMB, unservedAfterSeconds: 1 },
  });
  await eventually(
    async () => (await scheduled(second)).filter((one) => one === 'findServedClasses').length === 2,
    {
      what: 'two looks for another class',
    },
  );
  release.open();
  const { stats } = await second.result();
  await first.result();
  await worker.stop();

  expect(stats.memoryClassMB).toBe(memoryClassMB);
  expect(new Set(await scheduled(second))).toEqual(
    new Set(['describeObject', 'hashRange 2048', 'findServedClasses']),
  );
});

const NOTHING_READ = { bytesRead: 0, bytesReadTwice: 0, attempts: 1, lostAttempts: 0 };
