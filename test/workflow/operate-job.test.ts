import { activityInfo } from '@temporalio/activity';
import { CancelledFailure } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { HashRangeInput, HashRangeResult } from '../../activities/index.js';
import { handOver } from '../../activities/with-heartbeats.js';
import type { ObjectRef } from '../../src/core/contracts.js';
import { PAUSE_SIGNAL, RESUME_SIGNAL } from '../../src/core/job-controls.js';
import { readJobStatus } from '../../src/temporal/job-status.js';
import { escalateJob, pauseJob, resumeJob } from '../../src/temporal/operate-job.js';
import { resetJob } from '../../src/temporal/reset-job.js';
import { createGate, eventually } from '../setup/eventually.js';
import { instantRange, instantScript } from '../setup/instant-script.js';
import { readUntilCancelled } from '../setup/read-until-cancelled.js';
import { ended } from '../setup/replays.js';
import { WorkflowStage } from '../setup/workflow-stage.js';

const RANGE_BYTES = 1_000_064;
const policy = { rangeSizeBytes: RANGE_BYTES };

let stage: WorkflowStage;

beforeAll(async () => {
  stage = await WorkflowStage.open();
});

afterAll(() => stage.close());

/** One attempt at a range, as it was seen. */
interface Seen {
  readonly range: number;
  readonly attempt: number;
  readonly taskQueue: string;
}

/** Scripts an object whose second range reads until it is cancelled or held, and, asked again, is read at once. */
function holdSecondRange(object: ObjectRef) {
  const isReading = createGate();
  const seen: Seen[] = [];
  const hashRange = async (input: HashRangeInput): Promise<HashRangeResult> => {
    const { attempt, taskQueue } = activityInfo();
    const range = Math.floor(input.startByte / RANGE_BYTES) + 1;
    seen.push({ range, attempt, taskQueue });
    const isFirstTry = seen.filter((one) => one.range === range).length === 1;
    if (range !== 2 || !isFirstTry) return instantRange(input);
    isReading.open();
    try {
      return await readUntilCancelled();
    } catch (error) {
      if (error instanceof CancelledFailure && error.message === 'PAUSED') throw handOver();
      throw error;
    }
  };
  stage.script(object, { ...instantScript(object), hashRange });
  return { isReading: isReading.opened, seen };
}

describe('an operator', () => {
  test('pauses a job: what is under way is handed on, and nothing more is begun until it is resumed', async () => {
    const object = stage.imagine(4 * RANGE_BYTES);
    const { isReading, seen } = holdSecondRange(object);
    const { temporal } = stage.clients;
    const job = await stage.start(object, { policy });
    await isReading;

    const paused = await pauseJob(temporal, job.workflowId);
    const status = await eventually(
      async () => {
        const now = await readJobStatus(temporal, job.workflowId);
        return now.activity?.isPaused === true && now.hashStatus === 'paused' && now;
      },
      { what: 'the pause' },
    );
    const seenWhilePaused = seen.length;
    const resumed = await resumeJob(temporal, job.workflowId);
    const { stats } = await job.result();

    expect(paused).toEqual({ activities: 1, isUnsupported: false });
    expect(status).toMatchObject({ execution: 'RUNNING', progress: { bytesHashed: RANGE_BYTES } });
    expect(seenWhilePaused).toBe(2);
    expect(resumed).toEqual({ activities: 1, isUnsupported: false });
    expect(stats.ranges).toBe(4);
    expect(await stage.attributesOf(job)).toMatchObject({ HashStatus: 'hashed' });
  });

  test('who only sends the signal, as from the Web UI, has the range under way end first', async () => {
    const object = stage.imagine(3 * RANGE_BYTES);
    const [isReading, release] = [createGate(), createGate()];
    stage.script(object, {
      ...instantScript(object),
      hashRange: async (input) => {
        if (input.startByte === 0) {
          isReading.open();
          await release.opened;
        }
        return instantRange(input);
      },
    });
    const job = await stage.start(object, { policy });
    await isReading.opened;

    await job.signal(PAUSE_SIGNAL);
    release.open();
    await eventually(
      async () =>
        (await readJobStatus(stage.clients.temporal, job.workflowId)).progress?.bytesHashed === RANGE_BYTES,
      { what: 'the end of the range' },
    );
    const { activity } = await readJobStatus(stage.clients.temporal, job.workflowId);
    const details = await stage.detailsOf(job);
    await job.signal(RESUME_SIGNAL);
    await job.result();

    expect(activity).toBeUndefined();
    expect(details).toContain('**paused** by an operator');
    expect(stage.callsFor(object).filter((call) => call === 'hashRange')).toHaveLength(3);
  });

  test('pauses a job across continue-as-new', async () => {
    const object = stage.imagine(4 * RANGE_BYTES);
    const [isReading, release] = [createGate(), createGate()];
    stage.script(object, {
      ...instantScript(object),
      hashRange: async (input) => {
        if (input.startByte === RANGE_BYTES) {
          isReading.open();
          await release.opened;
        }
        return instantRange(input);
      },
    });
    const job = await stage.start(object, { policy: { ...policy, rangesPerRun: 2 } });
    const { runId } = await job.describe();
    await isReading.opened;

    await job.signal(PAUSE_SIGNAL);
    release.open();
    await eventually(async () => (await job.describe()).runId !== runId, { what: 'the next run' });
    const status = await eventually(
      async () => {
        const now = await readJobStatus(stage.clients.temporal, job.workflowId);
        return now.progress?.bytesHashed === 2 * RANGE_BYTES && now;
      },
      { what: 'its first query' },
    );
    await resumeJob(stage.clients.temporal, job.workflowId);

    expect(status).toMatchObject({ hashStatus: 'paused' });
    expect(status).not.toHaveProperty('activity');
    expect(await job.result()).toMatchObject({ outcome: 'hashed' });
  });

  test('moves a job to another class, and the range under way with it', async () => {
    const object = stage.imagine(3 * RANGE_BYTES);
    const { isReading, seen } = holdSecondRange(object);
    const job = await stage.start(object, { policy });
    await isReading;

    const moved = await escalateJob(stage.clients.temporal, job.workflowId, 512);
    const { stats } = await job.result();

    const queueOf = (memoryMB: number) => `${stage.taskQueuePrefix}-${String(memoryMB)}`;
    expect(moved).toEqual({ activities: 1, isUnsupported: false });
    expect(seen.map(({ range, taskQueue }) => [range, taskQueue])).toEqual([
      [1, queueOf(256)],
      [2, queueOf(256)],
      [2, queueOf(512)],
      [3, queueOf(512)],
    ]);
    expect(stats.memoryClassMB).toBe(512);
    expect(await stage.attributesOf(job)).toMatchObject({ MemoryClass: '512' });
  });

  test('moves a job out of a class that nobody serves', async () => {
    const object = stage.imagine(2 * RANGE_BYTES);
    stage.script(object, instantScript(object));
    const job = await stage.start(object, { policy: { ...policy, memoryClassMB: 2048 } });
    await eventually(
      async () =>
        (await readJobStatus(stage.clients.temporal, job.workflowId)).activity?.type === 'hashRange',
      { what: 'the range that waits' },
    );

    await escalateJob(stage.clients.temporal, job.workflowId, 512);

    expect(await job.result()).toMatchObject({ outcome: 'hashed', stats: { memoryClassMB: 512 } });
  });

  test('who asks for a class that there is not is refused, and the job goes on', async () => {
    const object = stage.imagine(3 * RANGE_BYTES);
    const { isReading } = holdSecondRange(object);
    const job = await stage.start(object, { policy });
    await isReading;

    await expect(escalateJob(stage.clients.temporal, job.workflowId, 300 as 512)).rejects.toMatchObject({
      failure: 'InvalidInput',
    });
    expect((await job.describe()).status.name).toBe('RUNNING');
    await job.terminate();
  });

  test('who operates a job that has ended is told so', async () => {
    const object = stage.imagine(RANGE_BYTES);
    stage.script(object, instantScript(object));
    const job = await stage.start(object, { policy: { ...policy, proveParts: true } });
    await job.result();

    await expect(pauseJob(stage.clients.temporal, job.workflowId)).rejects.toMatchObject({
      failure: 'ObjectGone',
    });
  });

  test('resets a job to a range: those before it keep their results', async () => {
    const object = stage.imagine(4 * RANGE_BYTES);
    const starts: number[] = [];
    stage.script(object, {
      ...instantScript(object),
      hashRange: (input) => {
        starts.push(Math.floor(input.startByte / RANGE_BYTES) + 1);
        return Promise.resolve(instantRange(input));
      },
    });
    const job = await stage.start(object, { policy });
    expect(await ended(job)).toBe('COMPLETED');

    await resetJob(stage.clients.temporal, job.workflowId, 3);

    expect(await ended(job)).toBe('COMPLETED');
    expect(starts).toEqual([1, 2, 3, 4, 3, 4]);
    await expect(resetJob(stage.clients.temporal, job.workflowId, 9)).rejects.toThrow(/no range 9/);
  });
});
