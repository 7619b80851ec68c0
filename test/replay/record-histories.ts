/**
 * Records the histories that `replay-histories.test.ts` replays. Run it once for each release, before the release:
 *
 *     npx vitest run --mode record
 *
 * RECORD_VERSION names the release where package.json does not yet.
 *
 * It hashes real objects on the local stack and writes histories/<version>/<name>.json, over those of the same version
 * only: the histories of released versions stay as they are.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { ApplicationFailure } from '@temporalio/common';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ESCALATE_UPDATE, PAUSE_SIGNAL, RESUME_SIGNAL } from '../../src/core/job-controls.js';
import { setBackfillPaused } from '../../src/temporal/backfill-status.js';
import { BackfillStage, imaginedPage } from '../setup/backfill-stage.js';
import { createGate, eventually } from '../setup/eventually.js';
import { eventsOfAllRuns, startedAttempts } from '../setup/histories.js';
import { LEAST_PART_BYTES, uploadParts } from '../setup/multipart-upload.js';
import { readUntilCancelled } from '../setup/read-until-cancelled.js';
import { startedReplay, targetOf } from '../setup/replays.js';
import { freshBytes } from '../setup/stack-clients.js';
import { WorkflowStage, type Job } from '../setup/workflow-stage.js';

const policy = { rangeSizeBytes: 1_000_064, publish: { tags: true } };

let stage: WorkflowStage;
let folder: URL;

beforeAll(async () => {
  const manifest = await readFile(new URL('../../package.json', import.meta.url), 'utf8');
  const version = process.env['RECORD_VERSION'] ?? (JSON.parse(manifest) as { version: string }).version;
  folder = new URL(`./histories/${version}/`, import.meta.url);
  await mkdir(folder, { recursive: true });
  stage = await WorkflowStage.open();
});

afterAll(() => stage.close());

/** Writes a history less what only tells on which machine it was made. */
async function record(
  name: string,
  { workflowId, runId }: { workflowId: string; runId?: string },
): Promise<void> {
  const history = await stage.clients.temporal.workflow.getHandle(workflowId, runId).fetchHistory();
  const text = JSON.stringify(
    JSON.parse(historyToJSON(history)),
    (key, value: unknown) => (key === 'stackTrace' || key === 'identity' ? '' : value),
    1,
  );
  await writeFile(new URL(`${name}.json`, folder), `${text}\n`);
}

async function ended(job: Job): Promise<string> {
  await job.result().catch(() => undefined);
  return (await job.describe()).status.name;
}

test('a small object', async () => {
  const job = await stage.start(await stage.upload(freshBytes(1_000)), { policy });

  expect(await ended(job)).toBe('COMPLETED');
  await record('small-hashed', job);
});

test('an object of several ranges, one of which took two attempts', async () => {
  const object = await stage.upload(freshBytes(3_500_000));
  let calls = 0;
  stage.script(object, {
    hashRange: (input) => {
      calls++;
      if (calls === 2) throw ApplicationFailure.retryable('busy', 'StoreUnavailable');
      return stage.real.hashRange(input);
    },
  });
  const job = await stage.start(object, { policy });

  expect(await ended(job)).toBe('COMPLETED');
  const [events = []] = await eventsOfAllRuns(stage.clients.temporal, job.workflowId);
  expect(startedAttempts(events)).toEqual([1, 1, 2, 1, 1, 1]);
  await record('large-with-a-retry', job);
});

test('an object that takes two runs', async () => {
  const object = await stage.upload(freshBytes(3_500_000));
  const job = await stage.start(object, { policy: { ...policy, rangesPerRun: 2 } });

  expect(await ended(job)).toBe('COMPLETED');
  const [first, second] = await eventsOfAllRuns(stage.clients.temporal, job.workflowId);
  const runId = second?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId ?? '';
  expect(first?.at(-1)?.workflowExecutionContinuedAsNewEventAttributes).toBeTruthy();
  await record('continued-first-run', { workflowId: job.workflowId, runId });
  await record('continued-last-run', job);
});

test('an object that was overwritten', async () => {
  const object = await stage.upload(freshBytes(3_500_000));
  await stage.upload(freshBytes(3_500_000), object.key);
  const job = await stage.start(object, { policy });

  expect(await job.result()).toMatchObject({ outcome: 'superseded' });
  await record('superseded', job);
});

test('a job that fails after a range', async () => {
  const object = await stage.upload(freshBytes(3_500_000));
  stage.script(object, {
    hashRange: (input) => {
      if (input.startByte > 0) throw ApplicationFailure.nonRetryable('denied', 'AccessDenied');
      return stage.real.hashRange(input);
    },
  });
  const job = await stage.start(object, { policy });

  expect(await ended(job)).toBe('FAILED');
  await record('failed', job);
});

test('a job that is cancelled after a range', async () => {
  const object = await stage.upload(freshBytes(3_500_000));
  const reached = createGate();
  stage.script(object, {
    hashRange: async (input) => {
      if (input.startByte === 0) return stage.real.hashRange(input);
      reached.open();
      return readUntilCancelled();
    },
  });
  const job = await stage.start(object, { policy });
  await reached.opened;
  await job.cancel();

  expect(await ended(job)).toBe('CANCELLED');
  await record('cancelled', job);
});

test('an object read wrongly once', async () => {
  const object = await stage.upload(freshBytes(1_000));
  let calls = 0;
  stage.script(object, {
    hashSmallObject: (input) => {
      if (calls++ === 0) throw ApplicationFailure.nonRetryable('other bytes', 'CorruptRead');
      return stage.real.hashSmallObject(input);
    },
  });
  const job = await stage.start(object, { policy });

  expect(await ended(job)).toBe('COMPLETED');
  await record('small-read-twice', job);
});

test('a range that two workers died of', async () => {
  const object = await stage.upload(freshBytes(3_500_000));
  stage.script(object, {
    hashRange: (input) => {
      const isSecondRange = input.startByte > 0 && input.progress === undefined;
      if (!isSecondRange || input.worker?.memoryClass?.startsWith('512') === true) {
        return stage.real.hashRange(input);
      }
      const checkpoint = { object, bytesHashed: input.startByte, midstates: input.midstates };
      const progress = { checkpoint, bytesRead: 0, lostAttempts: 2, attempt: 3, handedOn: true };
      throw ApplicationFailure.nonRetryable('lost', 'WorkerLost', checkpoint, progress);
    },
  });
  const job = await stage.start(object, { policy });

  expect(await job.result()).toMatchObject({ stats: { memoryClassMB: 512, lostAttempts: 2 } });
  await record('lost-twice', job);
});

test('an object whose class nobody serves', async () => {
  const object = await stage.upload(freshBytes(3_500_000));
  const job = await stage.start(object, {
    policy: { ...policy, memoryClassMB: 1024, unservedAfterSeconds: 1 },
  });

  expect(await job.result()).toMatchObject({ stats: { memoryClassMB: 512 } });
  await record('not-served', job);
});

test('CRCs of several ranges at once, in two runs', async () => {
  const object = await stage.upload(freshBytes(4_500_000));
  const job = await stage.start(object, {
    algorithms: ['crc64nvme'],
    policy: { ...policy, rangesPerRun: 3, parallelRanges: 2 },
  });

  expect(await ended(job)).toBe('COMPLETED');
  const [, second] = await eventsOfAllRuns(stage.clients.temporal, job.workflowId);
  const runId = second?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId ?? '';
  await record('parallel-first-run', { workflowId: job.workflowId, runId });
  await record('parallel-last-run', job);
});

test('parts that are proved in a second read', async () => {
  const name = { bucket: 'workflow-tests', key: stage.newKey() };
  const parts = [LEAST_PART_BYTES, 1_000].map(freshBytes);
  const object = await uploadParts(stage.clients.s3, name, parts);
  const job = await stage.start(object, { policy: { ...policy, proveParts: true } });

  expect(await job.result()).toMatchObject({ proof: { kind: 'stored-parts' } });
  await record('parts-proved', job);
});

test('a backfill that takes two runs, and is paused meanwhile', async () => {
  const backfills = await BackfillStage.open();
  const reached = createGate();
  const release = createGate();
  backfills.startPage = async (input) => {
    reached.open();
    await release.opened;
    return imaginedPage(input, 3_500);
  };
  const handle = await backfills.start({ pagesPerRun: 2, missingOnly: true });
  await reached.opened;
  await setBackfillPaused(stage.clients.temporal, handle.workflowId, true);
  release.open();
  await setBackfillPaused(stage.clients.temporal, handle.workflowId, false);

  expect(await handle.result()).toMatchObject({ counts: { started: 3_500 }, runs: 2 });
  const [, second] = await eventsOfAllRuns(stage.clients.temporal, handle.workflowId);
  const runId = second?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId ?? '';
  await record('backfill-first-run', { workflowId: handle.workflowId, runId });
  await record('backfill-last-run', handle);
  await backfills.close();
});

test('a backfill that is cancelled', async () => {
  const backfills = await BackfillStage.open();
  const reached = createGate();
  backfills.startPage = async (input) => {
    if (input.position.after === undefined) return imaginedPage(input, 3_500);
    reached.open();
    await readUntilCancelled().catch(() => undefined);
    return imaginedPage({ ...input, maxObjects: 40 }, 3_500);
  };
  const handle = await backfills.start();
  await reached.opened;
  await handle.cancel();
  await handle.result().catch(() => undefined);

  expect((await handle.describe()).status.name).toBe('CANCELLED');
  await record('backfill-cancelled', handle);
  await backfills.close();
});

test('a job that was given up', async () => {
  const object = await stage.upload(freshBytes(3_500_000));
  stage.script(object, {
    hashRange: (input) => {
      if (input.startByte > 0) throw ApplicationFailure.retryable('503 Slow Down', 'StoreUnavailable');
      return stage.real.hashRange(input);
    },
  });
  const job = await stage.start(object, {
    policy: { ...policy, unservedAfterSeconds: 1, giveUpAfterSeconds: 2 },
  });

  expect(await ended(job)).toBe('FAILED');
  expect((await job.describe()).memo).toMatchObject({ failure: { cause: 'StoreUnavailable' } });
  await record('given-up', job);
});

test('a job that an operator held, let go on and moved to another class', async () => {
  const object = await stage.upload(freshBytes(3_500_000));
  const [isReading, release] = [createGate(), createGate()];
  stage.script(object, {
    hashRange: async (input) => {
      isReading.open();
      await release.opened;
      return stage.real.hashRange(input);
    },
  });
  const job = await stage.start(object, { policy });
  await isReading.opened;
  await job.signal(PAUSE_SIGNAL);
  await job.executeUpdate(ESCALATE_UPDATE, { args: [512] });
  await job.signal(RESUME_SIGNAL);
  release.open();

  expect(await job.result()).toMatchObject({ stats: { memoryClassMB: 512 } });
  await record('operated', job);
});

test('a replay that takes two runs, and the job that it starts', async () => {
  const object = await stage.upload(freshBytes(3_500_000));
  stage.script(object, {
    hashRange: (input) => {
      if (input.startByte > 0) throw ApplicationFailure.nonRetryable('denied', 'AccessDenied');
      return stage.real.hashRange(input);
    },
  });
  const job = await stage.start(object, { policy });
  expect(await ended(job)).toBe('FAILED');
  const target = await targetOf(job, 'AccessDenied');
  const isAllowed = createGate();
  stage.script(object, {
    hashRange: async (input) => {
      await isAllowed.opened;
      return stage.real.hashRange(input);
    },
  });

  const { temporal } = stage.clients;
  const { taskQueuePrefix } = stage;
  const replay = await startedReplay(temporal, {
    jobs: [target],
    from: 'checkpoint',
    rate: 50,
    looksPerRun: 1,
    taskQueuePrefix,
  });
  const { workflowId } = replay;
  await eventually(async () => (await eventsOfAllRuns(temporal, workflowId)).length > 1, {
    what: 'the second run',
  });
  isAllowed.open();

  expect(await replay.result()).toMatchObject({ state: 'done', started: 1, ended: { hashed: 1 } });
  const runs = await eventsOfAllRuns(temporal, workflowId);
  const runId = runs[1]?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId ?? '';
  await record('replay-first-run', { workflowId, runId });
  await record('replay-last-run', { workflowId });
  await record('replayed', job);
});

test('an archived object that was restored', async () => {
  const object = await stage.upload(freshBytes(3_500_000));
  let looks = 0;
  stage.script(object, {
    describeObject: (input) => {
      if (looks < 2) throw ApplicationFailure.nonRetryable('archived', 'Archived');
      return stage.real.describeObject(input);
    },
    restoreObject: () => {
      looks++;
      return Promise.resolve(
        looks === 2
          ? { isReadable: true }
          : { isReadable: false, archive: 'GLACIER', lookAgainMs: 200, estimatedUsd: 0.1 },
      );
    },
  });
  const job = await stage.start(object, {
    policy: { ...policy, restore: { tier: 'Bulk', days: 1, budgetUsd: 1 } },
  });

  expect(await job.result()).toMatchObject({ outcome: 'hashed', restored: { archive: 'GLACIER' } });
  await record('restored', job);
});
