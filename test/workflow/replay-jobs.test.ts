import { readFileSync } from 'node:fs';
import { ApplicationFailure } from '@temporalio/common';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { HashObjectInput, ObjectRef } from '../../src/core/contracts.js';
import { PAUSE_SIGNAL, RESUME_SIGNAL } from '../../src/core/job-controls.js';
import type { ReplayInput, ReplayTarget } from '../../src/core/replay-contracts.js';
import { runsOf } from '../setup/jobs.js';
import { createGate, eventually } from '../setup/eventually.js';
import { instantRange, instantScript } from '../setup/instant-script.js';
import { readUntilCancelled } from '../setup/read-until-cancelled.js';
import { ended, startedReplay, targetOf, type Replay } from '../setup/replays.js';
import { freshBytes, opensslDigest } from '../setup/stack-clients.js';
import { WorkflowStage, type Job } from '../setup/workflow-stage.js';
import { theStack } from '../setup/the-stack.js';

const RANGE_BYTES = 1_000_064;
const policy = { rangeSizeBytes: RANGE_BYTES };

let stage: WorkflowStage;

beforeAll(async () => {
  stage = await WorkflowStage.open();
});

afterAll(() => stage.close());

function replayOf(jobs: readonly ReplayTarget[], options: Partial<ReplayInput> = {}): Promise<Replay> {
  const { taskQueuePrefix } = stage;
  return startedReplay(stage.clients.temporal, {
    jobs,
    from: 'checkpoint',
    rate: 50,
    taskQueuePrefix,
    ...options,
  });
}

/** Scripts an object to be denied from its second range on. */
function deny(object: ObjectRef): void {
  stage.script(object, {
    hashRange: (input) => {
      if (input.startByte < RANGE_BYTES) return stage.real.hashRange(input);
      throw ApplicationFailure.nonRetryable('denied', 'AccessDenied');
    },
  });
}

/** A job of a real object that was denied after its first range. */
async function deniedJob(
  body: Buffer,
  input: Partial<HashObjectInput> = {},
): Promise<{ readonly object: ObjectRef; readonly job: Job; readonly target: ReplayTarget }> {
  const object = await stage.upload(body);
  deny(object);
  const job = await stage.start(object, { policy, ...input });
  expect(await ended(job)).toBe('FAILED');
  return { object, job, target: await targetOf(job, 'AccessDenied') };
}

/** Jobs of imaginary objects that are denied, before a byte is read, for as long as `isDenied` says. */
async function smallDeniedJobs(count: number, isDenied: () => boolean): Promise<ReplayTarget[]> {
  return await Promise.all(
    Array.from({ length: count }, async () => {
      const object = stage.imagine(2 * RANGE_BYTES);
      stage.script(object, {
        ...instantScript(object),
        describeObject: (input) => {
          if (isDenied()) throw ApplicationFailure.nonRetryable('denied', 'AccessDenied');
          return instantScript(object).describeObject!(input);
        },
      });
      const job = await stage.start(object, { policy });
      expect(await ended(job)).toBe('FAILED');
      return await targetOf(job, 'AccessDenied');
    }),
  );
}

describe('a replay', () => {
  test('goes on from the checkpoint of the failed run, and the digest is that of all bytes', async () => {
    const body = freshBytes(2_500_000);
    const { object, job, target } = await deniedJob(body);
    stage.script(object, {});

    const replay = await replayOf([target]);
    const progress = await replay.result();
    const { digests, stats } = await job.result();

    expect(progress).toMatchObject({
      state: 'done',
      started: 1,
      fromCheckpoint: 1,
      bytesSpared: RANGE_BYTES,
      ended: { hashed: 1 },
      inFlight: 0,
    });
    expect(digests.sha1).toBe(opensslDigest('sha1', body));
    expect(stats).toMatchObject({ resumedAtByte: RANGE_BYTES, bytesRead: 2_500_000 - RANGE_BYTES });
    expect((await job.describe()).memo).toMatchObject({
      replayOf: target.runId,
      replayedBy: replay.workflowId,
    });
  });

  test('begins at the start where that is asked for', async () => {
    const body = freshBytes(2_500_000);
    const { object, job, target } = await deniedJob(body);
    stage.script(object, {});

    const progress = await (await replayOf([target], { from: 'start' })).result();
    const { digests, stats } = await job.result();

    expect(progress).toMatchObject({ fromCheckpoint: 0, fromStart: { 'as it was asked for': 1 } });
    expect(digests.sha1).toBe(opensslDigest('sha1', body));
    expect(stats.bytesRead).toBe(2_500_000);
    expect(stats).not.toHaveProperty('resumedAtByte');
  });

  test('takes the checkpoint of a job that was cancelled, too', async () => {
    const body = freshBytes(2_500_000);
    const object = await stage.upload(body);
    const reached = createGate();
    stage.script(object, {
      hashRange: (input) => {
        if (input.startByte === 0) return stage.real.hashRange(input);
        reached.open();
        return readUntilCancelled();
      },
    });
    const job = await stage.start(object, { policy });
    await reached.opened;
    await job.cancel();
    expect(await ended(job)).toBe('CANCELLED');
    stage.script(object, {});

    const progress = await (await replayOf([await targetOf(job, 'Cancelled')])).result();
    const { digests } = await job.result();

    expect(progress).toMatchObject({ fromCheckpoint: 1, bytesSpared: RANGE_BYTES });
    expect(digests.sha1).toBe(opensslDigest('sha1', body));
  });

  test('of what has been replayed already starts nothing', async () => {
    const { object, target, job } = await deniedJob(freshBytes(2_500_000));
    stage.script(object, {});
    await (await replayOf([target])).result();

    const progress = await (await replayOf([target, target])).result();

    expect(progress).toMatchObject({ state: 'done', started: 0, skipped: { 'it has a result': 2 } });
    expect(await runsOf(stage.clients.temporal, object)).toHaveLength(2);
    expect((await job.describe()).status.name).toBe('COMPLETED');
  });

  test('two at once start a job once', async () => {
    const { object, target } = await deniedJob(freshBytes(2_500_000));
    const release = createGate();
    stage.script(object, {
      hashRange: async (input) => {
        await release.opened;
        return stage.real.hashRange(input);
      },
    });

    const replays = await Promise.all([replayOf([target]), replayOf([target]), replayOf([target])]);
    await eventually(
      async () => {
        const seen = await Promise.all(replays.map((replay) => replay.progress()));
        return seen.every(({ started, skipped }) => started + Object.keys(skipped).length > 0);
      },
      { what: 'a decision of every replay' },
    );
    release.open();
    const results = await Promise.all(replays.map((replay) => replay.result()));

    expect(results.reduce((sum, { started }) => sum + started, 0)).toBe(1);
    expect(await runsOf(stage.clients.temporal, object)).toHaveLength(2);
  });

  test('stops by itself when the cause is still there, and leaves the others as they are', async () => {
    const targets = await smallDeniedJobs(16, () => true);

    const progress = await (await replayOf(targets)).result();

    expect(progress.state).toBe('stopped');
    expect((progress.ended['failed'] ?? 0) + progress.inFlight).toBe(progress.started);
    expect(progress.stoppedBecause).toMatch(/^the last 5 jobs ended with AccessDenied, as they had before/);
    expect(progress.started).toBeGreaterThanOrEqual(5);
    expect(progress.started).toBeLessThanOrEqual(10);
  });

  test('finds jobs by a visibility query, and starts no more than the limit', async () => {
    let isDenied = true;
    const targets = await smallDeniedJobs(4, () => isDenied);
    isDenied = false;
    const query = `WorkflowId IN (${targets.map(({ workflowId }) => `"${workflowId}"`).join(', ')})`;
    await eventually(
      async () =>
        (await stage.clients.temporal.workflow.count(`${query} AND ExecutionStatus = "Failed"`)).count === 4,
      {
        what: 'the jobs in the list',
      },
    );

    const { taskQueuePrefix } = stage;
    const replay = await startedReplay(stage.clients.temporal, {
      query,
      from: 'checkpoint',
      rate: 50,
      limit: 3,
      taskQueuePrefix,
    });

    expect(await replay.result()).toMatchObject({ state: 'done', started: 3, ended: { hashed: 3 } });
  });

  test('paused, starts no more; resumed, in a new run too, it goes on to its end', async () => {
    let isDenied = true;
    const targets = await smallDeniedJobs(4, () => isDenied);
    isDenied = false;

    const replay = await replayOf(targets, { rate: 1, looksPerRun: 2 });
    const handle = stage.clients.temporal.workflow.getHandle(replay.workflowId);
    await handle.signal(PAUSE_SIGNAL);
    const paused = await eventually(
      async () => {
        const progress = await replay.progress();
        return progress.state === 'paused' && progress.inFlight === 0 && progress;
      },
      { what: 'the pause' },
    );
    await new Promise((resolve) => setTimeout(resolve, 2_500)); // longer than two starts are apart
    const later = await replay.progress();
    await handle.signal(RESUME_SIGNAL);
    const result = await replay.result();

    expect(later.started).toBe(paused.started);
    expect(later.started).toBeLessThan(4);
    expect(result).toMatchObject({ state: 'done', started: 4, ended: { hashed: 4 } });
  });

  test('cancelled, leaves what it has started alone', async () => {
    const { object, target, job } = await deniedJob(freshBytes(2_500_000));
    const release = createGate();
    stage.script(object, {
      hashRange: async (input) => {
        await release.opened;
        return stage.real.hashRange(input);
      },
    });

    const replay = await replayOf([target]);
    await eventually(async () => (await replay.progress()).started === 1, { what: 'the start' });
    await stage.clients.temporal.workflow.getHandle(replay.workflowId).cancel();
    await replay.result().catch(() => undefined);
    release.open();

    expect((await stage.clients.temporal.workflow.getHandle(replay.workflowId).describe()).status.name).toBe(
      'CANCELLED',
    );
    expect(await job.result()).toMatchObject({ outcome: 'hashed' });
  });

  test('its history replays with the same code', async () => {
    const { object, target } = await deniedJob(freshBytes(2_500_000));
    stage.script(object, { hashRange: (input) => Promise.resolve(instantRange(input)) });
    const replay = await replayOf([target], { looksPerRun: 1 });
    await replay.result();
    const history = await stage.clients.temporal.workflow.getHandle(replay.workflowId).fetchHistory();

    const code = readFileSync(theStack().workflowBundle, 'utf8');
    await Worker.runReplayHistory(
      { workflowBundle: { code } },
      JSON.parse(historyToJSON(history)),
      replay.workflowId,
    );
  });
});
