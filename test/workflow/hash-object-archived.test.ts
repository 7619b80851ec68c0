import { ApplicationFailure } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RestoreObjectResult } from '../../activities/index.js';
import type { ObjectRef } from '../../src/core/contracts.js';
import type { RestorePolicy } from '../../src/core/restore.js';
import { instantScript } from '../setup/instant-script.js';
import { ended } from '../setup/replays.js';
import { WorkflowStage } from '../setup/workflow-stage.js';

const RANGE_BYTES = 1_000_064;
const restore: RestorePolicy = { tier: 'Bulk', days: 2, budgetUsd: 1, lookEverySeconds: 1 };
const WAITING: RestoreObjectResult = { isReadable: false, archive: 'GLACIER', lookAgainMs: 300 };

let stage: WorkflowStage;

beforeAll(async () => {
  stage = await WorkflowStage.open();
});

afterAll(() => stage.close());

/** An object that can be read once it has been looked at so often. */
function archived(looksUntilReadable: number): { readonly object: ObjectRef; readonly looks: () => number } {
  const object = stage.imagine(2 * RANGE_BYTES);
  let looks = 0;
  stage.script(object, {
    ...instantScript(object),
    describeObject: (input) => {
      if (looks < looksUntilReadable) throw ApplicationFailure.nonRetryable('archived', 'Archived');
      return instantScript(object).describeObject!(input);
    },
    restoreObject: () => {
      looks++;
      if (looks >= looksUntilReadable) return Promise.resolve({ isReadable: true });
      return Promise.resolve(looks === 1 ? { ...WAITING, estimatedUsd: 0.25 } : WAITING);
    },
  });
  return { object, looks: () => looks };
}

describe('an archived object', () => {
  test('is restored where that is allowed, waited for, and hashed; the result says what it cost', async () => {
    const { object, looks } = archived(3);

    const job = await stage.start(object, { policy: { rangeSizeBytes: RANGE_BYTES, restore } });
    const { outcome, restored } = await job.result();

    expect(outcome).toBe('hashed');
    expect(looks()).toBe(3);
    expect(restored).toMatchObject({ archive: 'GLACIER', tier: 'Bulk', days: 2, estimatedUsd: 0.25 });
    expect(restored?.waitedSeconds).toBeGreaterThanOrEqual(0);
    expect(await stage.attributesOf(job)).toMatchObject({ HashStatus: 'hashed' });
  });

  test('fails as Archived where nobody allowed a restore', async () => {
    const { object, looks } = archived(1);

    const job = await stage.start(object, { policy: { rangeSizeBytes: RANGE_BYTES } });

    expect(await ended(job)).toBe('FAILED');
    expect(looks()).toBe(0);
    expect(await stage.attributesOf(job)).toMatchObject({ HashStatus: 'failed', HashCause: 'Archived' });
  });

  test('fails with the reason where the restore is refused', async () => {
    const object = stage.imagine(2 * RANGE_BYTES);
    stage.script(object, {
      ...instantScript(object),
      describeObject: () => Promise.reject(ApplicationFailure.nonRetryable('archived', 'Archived')),
      restoreObject: () => Promise.reject(ApplicationFailure.nonRetryable('over the budget', 'Archived')),
    });

    const job = await stage.start(object, { policy: { rangeSizeBytes: RANGE_BYTES, restore } });

    expect(await ended(job)).toBe('FAILED');
    expect((await job.describe()).memo).toMatchObject({
      failure: { cause: 'Archived', message: 'over the budget' },
    });
  });

  test('that is archived again is not restored a second time', async () => {
    const object = stage.imagine(2 * RANGE_BYTES);
    stage.script(object, {
      ...instantScript(object),
      describeObject: () => Promise.reject(ApplicationFailure.nonRetryable('archived', 'Archived')),
      restoreObject: () => Promise.resolve({ isReadable: true }),
    });

    const job = await stage.start(object, { policy: { rangeSizeBytes: RANGE_BYTES, restore } });

    expect(await ended(job)).toBe('FAILED');
    expect(stage.callsFor(object)).toEqual(['describeObject', 'restoreObject', 'describeObject']);
  });
});
