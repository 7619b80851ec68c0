import { WorkflowFailedError } from '@temporalio/client';
import { CancelledFailure } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PROGRESS_QUERY, type JobProgress } from '../../src/core/job-progress.js';
import { readJobStatus } from '../../src/temporal/job-status.js';
import { createGate, eventually } from '../setup/eventually.js';
import { instantRange, instantScript } from '../setup/instant-script.js';
import { readUntilCancelled } from '../setup/read-until-cancelled.js';
import { WorkflowStage } from '../setup/workflow-stage.js';

const RANGE_BYTES = 1_000_064;
const policy = { rangeSizeBytes: RANGE_BYTES };

let stage: WorkflowStage;

beforeAll(async () => {
  stage = await WorkflowStage.open();
});

afterAll(() => stage.close());

describe('hashObject while it runs', () => {
  test('answers how far it has durably come', async () => {
    const object = stage.imagine(3 * RANGE_BYTES);
    const [reached, release] = [createGate(), createGate()];
    stage.script(object, {
      ...instantScript(object),
      hashRange: async (input) => {
        if (input.startByte === RANGE_BYTES) {
          reached.open();
          await release.opened;
        }
        return instantRange(input);
      },
    });

    const job = await stage.start(object, { policy });
    await reached.opened;
    const during = await job.query<JobProgress>(PROGRESS_QUERY);
    release.open();
    await job.result();

    expect(during).toEqual({
      bytesHashed: RANGE_BYTES,
      sizeBytes: 3 * RANGE_BYTES,
      range: 2,
      ranges: 3,
      memoryClassMB: 256,
    });
  });

  test('a start of the same version finds the running job instead of making another', async () => {
    const object = stage.imagine(2 * RANGE_BYTES);
    const release = createGate();
    stage.script(object, {
      ...instantScript(object),
      hashRange: async (input) => {
        await release.opened;
        return instantRange(input);
      },
    });

    const first = await stage.start(object, { policy });
    const { runId } = await first.describe();
    const second = await stage.start(object, { policy });
    release.open();
    await second.result();

    expect(second.workflowId).toBe(first.workflowId);
    expect((await second.describe()).runId).toBe(runId);
    expect(stage.callsFor(object).filter((call) => call === 'hashRange')).toHaveLength(2);
  });

  test('cancelling the job cancels the activity under way', async () => {
    const object = stage.imagine(2 * RANGE_BYTES);
    const isReading = createGate();
    let ended = 'still reading';
    stage.script(object, {
      ...instantScript(object),
      hashRange: async () => {
        isReading.open();
        try {
          return await readUntilCancelled();
        } catch (error) {
          ended = error instanceof CancelledFailure ? 'cancelled' : String(error);
          throw error;
        }
      },
    });

    const job = await stage.start(object, { policy });
    await isReading.opened;
    await job.cancel();
    const error: unknown = await job.result().catch((reason: unknown) => reason);
    await eventually(() => ended !== 'still reading', { what: 'the end of the activity' });

    expect(ended).toBe('cancelled');
    expect(error).toBeInstanceOf(WorkflowFailedError);
    expect((error as WorkflowFailedError).cause).toBeInstanceOf(CancelledFailure);
    expect((await job.describe()).status.name).toBe('CANCELLED');
  });

  test('a job that is cancelled says so in its status, and how far it had come', async () => {
    const object = stage.imagine(4 * RANGE_BYTES);
    const isReading = createGate();
    stage.script(object, {
      ...instantScript(object),
      hashRange: async (input) => {
        if (input.startByte < RANGE_BYTES) return instantRange(input);
        isReading.open();
        return readUntilCancelled();
      },
    });

    const job = await stage.start(object, { policy });
    await isReading.opened;
    await job.cancel();
    await job.result().catch(() => undefined);

    expect(await stage.attributesOf(job)).toMatchObject({ HashStatus: 'cancelled' });
    expect(await stage.attributesOf(job)).not.toHaveProperty('HashCause');
    expect(await stage.detailsOf(job)).toContain('**25 %**');
    expect(await readJobStatus(stage.clients.temporal, job.workflowId)).toMatchObject({
      execution: 'CANCELLED',
      failure: {
        cause: 'Cancelled',
        message: 'an operator cancelled it; `midstate submit` starts it again',
      },
    });
  });

  test('a small job that is cancelled before it was read says so too, and can be started again', async () => {
    const object = stage.imagine(1_000);
    const isReading = createGate();
    stage.script(object, {
      hashSmallObject: () => {
        isReading.open();
        return readUntilCancelled();
      },
    });

    const job = await stage.start(object);
    const { runId } = await job.describe();
    await isReading.opened;
    await job.cancel();
    await job.result().catch(() => undefined);
    const again = await stage.start(object);
    const next = await again.describe();
    await again.terminate();

    expect(await stage.attributesOf(job, runId)).toMatchObject({ HashStatus: 'cancelled' });
    expect(next.runId).not.toBe(runId);
    expect(await stage.attributesOf(again)).toMatchObject({ HashStatus: 'hashing' });
    expect(await readJobStatus(stage.clients.temporal, job.workflowId)).toMatchObject({
      execution: 'TERMINATED',
      failure: { cause: 'Terminated' },
    });
  });
});
