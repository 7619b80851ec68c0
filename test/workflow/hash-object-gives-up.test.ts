import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { heartbeat } from '@temporalio/activity';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { HashRangeInput, HashRangeProgress } from '../../activities/index.js';
import type { Checkpoint, ObjectRef } from '../../src/core/contracts.js';
import { eventually } from '../setup/eventually.js';
import { instantRange, instantScript, midstateAt } from '../setup/instant-script.js';
import { WorkflowStage, type Job } from '../setup/workflow-stage.js';

const RANGE_BYTES = 1_000_064;
const policy = { rangeSizeBytes: RANGE_BYTES, unservedAfterSeconds: 1 };

let stage: WorkflowStage;

beforeAll(async () => {
  stage = await WorkflowStage.open();
});

afterAll(() => stage.close());

async function failureOf(job: Job): Promise<ApplicationFailure> {
  const error: unknown = await job.result().catch((reason: unknown) => reason);
  if (error instanceof WorkflowFailedError && error.cause instanceof ApplicationFailure) return error.cause;
  throw new Error('the job did not fail', { cause: error });
}

function checkpointOf(failure: ApplicationFailure): Checkpoint | undefined {
  return (failure.details?.[0] as { checkpoint?: Checkpoint } | undefined)?.checkpoint;
}

function checkpointAt(object: ObjectRef, bytesHashed: number): Checkpoint {
  return { object, bytesHashed, midstates: [midstateAt(bytesHashed)] };
}

/** Longer than any heartbeat timeout here, and an end, so that the worker can stop. */
async function neverAWordAgain(): Promise<never> {
  return await new Promise<never>((_, reject) => {
    setTimeout(reject, 12_000, new Error('over'));
  });
}

/** Its first range is hashed; what becomes of the second is given. */
function scriptSecondRange(object: ObjectRef, second: (input: HashRangeInput) => Promise<never>): void {
  stage.script(object, {
    ...instantScript(object),
    hashRange: (input) =>
      input.startByte < RANGE_BYTES ? Promise.resolve(instantRange(input)) : second(input),
  });
}

describe('a job whose policy does not wait for ever', () => {
  test('fails of what its last attempt failed of, with that attempt’s checkpoint', async () => {
    const object = stage.imagine(3 * RANGE_BYTES);
    const checkpoint = checkpointAt(object, RANGE_BYTES + 6_400);
    scriptSecondRange(object, () =>
      Promise.reject(ApplicationFailure.retryable('503 Slow Down', 'StoreUnavailable', checkpoint)),
    );

    const job = await stage.start(object, { policy: { ...policy, giveUpAfterSeconds: 2 } });
    const failure = await failureOf(job);

    expect(failure.type).toBe('StoreUnavailable');
    expect(failure.message).toBe(
      "hashRange: given up, as the job's policy has it; its last attempt: 503 Slow Down",
    );
    expect(checkpointOf(failure)).toEqual(checkpoint);
    expect(await stage.attributesOf(job)).toMatchObject({
      HashStatus: 'failed',
      HashCause: 'StoreUnavailable',
    });
    expect((await job.describe()).memo).toMatchObject({
      failure: { cause: 'StoreUnavailable', bytesHashed: RANGE_BYTES + 6_400, sizeBytes: 3 * RANGE_BYTES },
    });
  });

  test('keeps the checkpoint of the attempt before the one that its time ran out in', async () => {
    const object = stage.imagine(3 * RANGE_BYTES);
    const checkpoint = checkpointAt(object, RANGE_BYTES + 6_400);
    let attempts = 0;
    scriptSecondRange(object, () => {
      if (++attempts > 1) return neverAWordAgain();
      throw ApplicationFailure.retryable('503 Slow Down', 'StoreUnavailable', checkpoint);
    });

    const job = await stage.start(object, { policy: { ...policy, giveUpAfterSeconds: 4 } });
    const failure = await failureOf(job);

    expect(attempts).toBe(2);
    expect(failure.type).toBe('StoreUnavailable');
    expect(checkpointOf(failure)).toEqual(checkpoint);
  });

  test('fails as WorkerLost where its workers die of it, with the last heartbeat’s checkpoint', async () => {
    const object = stage.imagine(3 * RANGE_BYTES);
    const checkpoint = checkpointAt(object, RANGE_BYTES + 12_800);
    scriptSecondRange(object, () => {
      const progress: HashRangeProgress = {
        checkpoint,
        bytesRead: 1,
        lostAttempts: 0,
        attempt: 1,
        handedOn: false,
      };
      heartbeat(progress);
      return neverAWordAgain();
    });

    const job = await stage.start(object, {
      policy: { ...policy, lossBoundSeconds: 1, giveUpAfterSeconds: 8 },
    });
    const failure = await failureOf(job);

    expect(failure.type).toBe('WorkerLost');
    expect(checkpointOf(failure)).toEqual(checkpoint);
  });

  test('fails as Timeout where an attempt takes all the time there is', async () => {
    const object = stage.imagine(3 * RANGE_BYTES);
    scriptSecondRange(object, async () => {
      const beat = setInterval(() => {
        heartbeat({});
      }, 100);
      return await new Promise<never>((_, reject) => {
        setTimeout(() => {
          clearInterval(beat);
          reject(new Error('over'));
        }, 6_000);
      });
    });

    const job = await stage.start(object, { policy: { ...policy, giveUpAfterSeconds: 2 } });
    const failure = await failureOf(job);

    expect(failure.type).toBe('Timeout');
    expect(checkpointOf(failure)?.bytesHashed).toBe(RANGE_BYTES);
  });

  test('fails as Unknown of what is none of the taxonomy', async () => {
    const object = stage.imagine(3 * RANGE_BYTES);
    scriptSecondRange(object, () => Promise.reject(new TypeError('a defect')));

    const job = await stage.start(object, { policy: { ...policy, giveUpAfterSeconds: 1 } });

    expect((await failureOf(job)).type).toBe('Unknown');
  });
});

describe('a job whose policy names no end', () => {
  test('waits an outage out', async () => {
    const object = stage.imagine(2 * RANGE_BYTES);
    let calls = 0;
    stage.script(object, {
      ...instantScript(object),
      hashRange: (input) => {
        if (input.startByte > 0 && ++calls < 3) throw ApplicationFailure.retryable('503', 'StoreUnavailable');
        return Promise.resolve(instantRange(input));
      },
    });

    const job = await stage.start(object, { policy });
    await eventually(() => calls === 3, { what: 'the third attempt' });

    expect(await job.result()).toMatchObject({ outcome: 'hashed' });
  });
});
