import { randomUUID } from 'node:crypto';
import { ApplicationFailure } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ObjectRef } from '../../src/core/contracts.js';
import { eventually } from '../setup/eventually.js';
import { jsonLines, midstate, type Finished } from '../setup/midstate-cli.js';
import { ended } from '../setup/replays.js';
import { freshBytes, opensslDigest } from '../setup/stack-clients.js';
import { WorkflowStage, type Job } from '../setup/workflow-stage.js';

const RANGE_BYTES = 1_000_064;
const BYTES = 2_500_000;
const BUCKET = 'workflow-tests';

let stage: WorkflowStage;

beforeAll(async () => {
  stage = await WorkflowStage.open();
});

afterAll(() => stage.close());

/** The command line, as an operator of these jobs has it. */
function command(...args: string[]): Promise<Finished> {
  return midstate(args, { env: { MIDSTATE_TASK_QUEUE_PREFIX: stage.taskQueuePrefix } });
}

async function json<T>(...args: string[]): Promise<T> {
  const { code, stdout, stderr } = await command(...args, '--json');
  if (code !== 0) throw new Error(`${args.join(' ')}: ${String(code)} ${stderr}`);
  return jsonLines(stdout)[0] as T;
}

interface FailedJobs {
  readonly count: number;
  readonly groups: readonly {
    readonly name: string;
    readonly count: number;
    readonly advice: string;
    readonly example: { readonly uri: string; readonly message: string; readonly bytesHashed: number };
  }[];
}

/** An object whose job was denied after its first range; the permission is back afterwards. */
async function deniedJob(
  key: string,
  body: Buffer,
): Promise<{ readonly object: ObjectRef; readonly job: Job }> {
  const object = await stage.upload(body, key);
  stage.script(object, {
    hashRange: (input) => {
      if (input.startByte < RANGE_BYTES) return stage.real.hashRange(input);
      throw ApplicationFailure.nonRetryable('403: s3:GetObject is not allowed', 'AccessDenied');
    },
  });
  const job = await stage.start(object, { policy: { rangeSizeBytes: RANGE_BYTES } });
  expect(await ended(job)).toBe('FAILED');
  stage.script(object, {});
  return { object, job };
}

async function failedJobs(prefix: string, count: number, ...args: string[]): Promise<FailedJobs> {
  return await eventually(
    async () => {
      const failed = await json<FailedJobs>('failed', '--prefix', prefix, ...args);
      return failed.count === count && failed;
    },
    { what: `${String(count)} failed jobs in the list` },
  );
}

describe('failed jobs', () => {
  test('are shown by cause, with an example and what to do; replayed, they go on from their checkpoints', async () => {
    const folder = `replay-${randomUUID()}`;
    const prefix = `s3://${BUCKET}/${folder}/`;
    const bodies = [freshBytes(BYTES), freshBytes(BYTES)] as const;
    const jobs = await Promise.all(
      bodies.map((body, index) => deniedJob(`${folder}/object ${String(index)}`, body)),
    );
    const overwritten = await deniedJob(`${folder}/overwritten`, freshBytes(BYTES));
    await stage.upload(freshBytes(BYTES), overwritten.object.key);

    const failed = await failedJobs(prefix, 3);
    const shown = await command('failed', '--prefix', prefix);
    const forecast = await json<object>('replay', '--prefix', prefix, '--dry-run');
    const statusAfterDryRun = await Promise.all(
      jobs.map(async ({ job }) => (await job.describe()).status.name),
    );
    const waited = await command('replay', '--prefix', prefix, '--wait', '--json');
    const [{ workflowId }, replayed] = jsonLines(waited.stdout) as [{ workflowId: string }, object];
    const left = await failedJobs(prefix, 0);
    const again = await json<object>('replay', '--prefix', prefix);
    const status = await command('status', workflowId);

    expect(failed.groups).toMatchObject([
      {
        name: 'AccessDenied',
        count: 3,
        advice: expect.stringContaining('s3:GetObject') as string,
        example: { message: '403: s3:GetObject is not allowed', bytesHashed: RANGE_BYTES },
      },
    ]);
    expect(shown.stdout).toContain('3  AccessDenied: S3 refused the worker');
    expect(forecast).toMatchObject({
      wouldStart: 3,
      bytesToRead: 3 * (BYTES - RANGE_BYTES),
      bytesSpared: 3 * RANGE_BYTES,
    });
    expect(statusAfterDryRun).toEqual(['FAILED', 'FAILED']);
    expect(waited.code).toBe(0);
    expect(replayed).toMatchObject({
      state: 'done',
      started: 3,
      fromCheckpoint: 3,
      ended: { hashed: 2, superseded: 1 },
    });
    for (const [index, { job }] of jobs.entries()) {
      const { digests, stats } = await job.result();
      expect(digests.sha1).toBe(opensslDigest('sha1', bodies[index]!));
      expect(stats.bytesRead).toBe(BYTES - RANGE_BYTES);
    }
    expect(await overwritten.job.result()).toMatchObject({ outcome: 'superseded', digests: {} });
    expect(left).toMatchObject({ count: 0, groups: [] });
    expect(again).toEqual({ count: 0 });
    expect(status.stdout).toMatch(/^done +replay:/);
    expect(status.stdout).toContain('3 started again, 0 of them under way');
  });

  test('are replayed by name; a job that has a result is none of them', async () => {
    const { object, job } = await deniedJob(`replay-${randomUUID()}/one`, freshBytes(BYTES));
    const uri = `s3://${BUCKET}/${object.key}`;
    await failedJobs(uri, 1);

    const waited = await command('replay', uri, '--from', 'start', '--wait', '--json');
    const again = await eventually(
      async () => {
        const finished = await command('replay', job.workflowId);
        return finished.code === 1 && finished;
      },
      { what: 'the result in the list' },
    );

    expect(jsonLines(waited.stdout)[1]).toMatchObject({
      state: 'done',
      fromCheckpoint: 0,
      ended: { hashed: 1 },
    });
    expect((await job.result()).stats.bytesRead).toBe(BYTES);
    expect(again.stderr).toMatch(/no such job that ended without a result/);
  });

  test('are grouped by what is asked for, of a key with control characters too', async () => {
    const folder = `replay-${randomUUID()}`;
    await deniedJob(`${folder}/\u001b[31mred "quoted"`, freshBytes(BYTES));

    const { groups } = await failedJobs(`s3://${BUCKET}/${folder}/`, 1, '--by', 'prefix');
    const shown = await command(
      'failed',
      '--prefix',
      `s3://${BUCKET}/${folder}/\u001b[31mred "`,
      '--by',
      'class',
    );

    expect(groups).toMatchObject([{ name: `s3://${BUCKET}/${folder}/`, count: 1 }]);
    expect(shown.stdout).toContain('256 MB: AccessDenied 1');
    expect(shown.stdout).toContain('\\u001b[31mred "quoted"');
    expect(shown.stdout).not.toContain('\u001b');
  });

  test.each([
    [['failed', 'S3Bucket == "b"'], /query: the Temporal server does not take it/],
    [['failed', '--since', 'yesterday'], /expected 30m, 2h, 3d/],
    [['failed', '--cause', 'Nonsense'], /got Nonsense/],
    [['replay'], /expected jobs, or some of --cause/],
    [['replay', 'hash:b/k:1', '--cause', 'Archived'], /either jobs or a selection/],
    [['escalate', 'hash:b/k:1', '--memory-class', '300'], /expected one of 128, 256/],
    [['reset', 'hash:b/k:1', '--to-range', '0'], /expected a whole number from 1/],
  ])('refuses %j in one line', async (args, says) => {
    const { code, stderr } = await command(...args);

    expect(code).toBe(2);
    expect(stderr).toMatch(says);
    expect(stderr).not.toMatch(/\n\s+at /);
  });
});

describe('one job', () => {
  test('is paused, resumed and cancelled by name', async () => {
    const object = await stage.upload(freshBytes(BYTES), `operate-${randomUUID()}`);
    const uri = `s3://${BUCKET}/${object.key}`;
    let isHeld = true;
    stage.script(object, {
      hashRange: async (input) => {
        await eventually(() => !isHeld || input.startByte === 0, { what: 'the release' });
        return stage.real.hashRange(input);
      },
    });
    const job = await stage.start(object, { policy: { rangeSizeBytes: RANGE_BYTES } });
    await eventually(async () => (await command('status', uri)).code === 0, { what: 'the job in the list' });

    const paused = await command('pause', uri);
    const whilePaused = await command('status', uri);
    const resumed = await command('resume', job.workflowId);
    const cancelled = await command('cancel', uri);
    isHeld = false;

    expect(paused.stdout).toContain(`paused  ${job.workflowId}`);
    expect(whilePaused.stdout).toMatch(/^paused \d+ %/);
    expect(resumed.stdout).toContain('resumed');
    expect(cancelled.code).toBe(0);
    expect(await ended(job)).toBe('CANCELLED');
  });
});
