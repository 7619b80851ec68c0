import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { PutBucketVersioningCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BackfillStatus } from '../../src/temporal/backfill-status.js';
import { eventually } from '../setup/eventually.js';
import { jsonLines, midstate, RunningCommand, userEnvironment } from '../setup/midstate-cli.js';
import { s3Record } from '../setup/s3-events.js';
import { theStack } from '../setup/the-stack.js';
import {
  connectStack,
  ensureBucket,
  opensslDigest,
  putObject,
  type StackClients,
} from '../setup/stack-clients.js';

const { scratchDir } = theStack();
const prefix = `backfill-${randomUUID()}`;
const policyFile = join(scratchDir, `${prefix}.yaml`);
const env = { MIDSTATE_TASK_QUEUE_PREFIX: prefix, MIDSTATE_MEMORY_CLASSES: '256' };

let clients: StackClients;
let worker: RunningCommand;

function startWorker(): RunningCommand {
  const args = ['worker', '--workflows', '--memory-class', '256'];
  const settings = userEnvironment({ ...env, MIDSTATE_POLICY_FILE: policyFile });
  return new RunningCommand(args, settings, join(scratchDir, `${prefix}.log`));
}

beforeAll(async () => {
  writeFileSync(
    policyFile,
    'version: 1\nrules:\n  - { bucket: "*", prefix: left-out/, hash: false }\n  - { bucket: "*" }\n',
  );
  clients = await connectStack(theStack().urls);
  worker = startWorker();
});

afterAll(async () => {
  await worker.stop();
  await clients.close();
});

/** A bucket that nobody announces the uploads of, with so many objects. */
async function newBucket(objects: number, { versioned = false, folder = '' } = {}): Promise<string> {
  const bucket = `backfill-${randomUUID().slice(0, 8)}`;
  await ensureBucket(clients.s3, bucket);
  if (versioned) {
    const VersioningConfiguration = { Status: 'Enabled' } as const;
    await clients.s3.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration }));
  }
  await upload(bucket, objects, folder);
  return bucket;
}

async function upload(bucket: string, objects: number, folder = ''): Promise<string[]> {
  const keys = Array.from({ length: objects }, (_, n) => `${folder}object ${String(n).padStart(4, '0')}+é`);
  for (let at = 0; at < keys.length; at += 20) {
    await Promise.all(
      keys.slice(at, at + 20).map((key) => putObject(clients.s3, bucket, key, `body of ${key}`)),
    );
  }
  return keys;
}

/** Runs of jobs of a bucket, by the key in their memo. */
async function jobsOf(bucket: string): Promise<{ key: string; workflowId: string; status: string }[]> {
  const jobs = [];
  const query = `WorkflowType = "hashObject" AND S3Bucket = "${bucket}"`;
  for await (const { memo, workflowId, status } of clients.temporal.workflow.list({ query })) {
    jobs.push({ key: String(memo?.['key']), workflowId, status: status.name });
  }
  return jobs;
}

async function untilHashed(bucket: string, count: number) {
  return eventually(
    async () => {
      const jobs = await jobsOf(bucket);
      return jobs.filter(({ status }) => status === 'COMPLETED').length === count && jobs;
    },
    { what: `${String(count)} hashed objects in ${bucket}` },
  );
}

async function run(...args: string[]) {
  const { code, stdout, stderr } = await midstate([...args, '--json'], { env });
  return { code, stderr, status: jsonLines(stdout)[0] as BackfillStatus & Record<string, unknown> };
}

describe('midstate backfill', () => {
  test('hashes what is there, and finds what has been hashed; the policy’s scope holds', async () => {
    const bucket = await newBucket(200);
    await upload(bucket, 7, 'left-out/');

    const half = await run('backfill', `s3://${bucket}/object`, '--limit', '100', '--wait');
    await untilHashed(bucket, 100);
    const all = await run('backfill', `s3://${bucket}`, '--wait');
    const jobs = await untilHashed(bucket, 200);

    expect(half).toMatchObject({
      code: 0,
      status: { execution: 'COMPLETED', progress: { state: 'limit reached', counts: { started: 100 } } },
    });
    expect(all).toMatchObject({
      code: 0,
      status: {
        progress: {
          state: 'done',
          counts: { listed: 207, started: 100, found: 100, outOfScope: 7, failed: 0 },
        },
      },
    });
    expect(new Set(jobs.map(({ key }) => key)).size).toBe(200);
    const [{ key, workflowId } = { key: '', workflowId: '' }] = jobs;
    expect(await clients.temporal.workflow.getHandle(workflowId).result()).toMatchObject({
      outcome: 'hashed',
      digests: { sha1: opensslDigest('sha1', `body of ${key}`) },
    });
  });

  test('finds the jobs that events have started, by their sequencer', async () => {
    const bucket = await newBucket(3);
    const records = [];
    for (const [n, key] of (await upload(bucket, 3)).entries()) {
      records.push(s3Record(await putObject(clients.s3, bucket, key, `body of ${key}`), `00${String(n)}A`));
    }
    await midstate(['submit', '--event', '-'], { env, input: JSON.stringify({ Records: records }) });
    await untilHashed(bucket, 3);

    const { status } = await run('backfill', `s3://${bucket}/`, '--wait');

    expect(status).toMatchObject({ progress: { counts: { listed: 3, started: 0, found: 3 } } });
    expect(await jobsOf(bucket)).toHaveLength(3);
  });

  test('pins the versions of a versioned bucket', async () => {
    const bucket = await newBucket(5, { versioned: true });
    const first = await run('backfill', `s3://${bucket}/`, '--wait');
    await untilHashed(bucket, 5);
    await upload(bucket, 2); // new versions of two keys

    const second = await run('backfill', `s3://${bucket}/`, '--wait');

    expect(first.status.progress?.counts).toMatchObject({ started: 5, found: 0 });
    expect(second.status.progress?.counts).toMatchObject({ started: 2, found: 3 });
  });

  test('goes on with another worker when its own is killed, and starts nothing twice', async () => {
    const bucket = await newBucket(150);
    const { status } = await run('backfill', `s3://${bucket}/`, '--rate', '30');
    await eventually(async () => (await jobsOf(bucket)).length > 40, { what: 'some of the jobs' });
    worker.signal('SIGKILL');
    await worker.exited;
    worker = startWorker();
    const followed = await run('backfill', `s3://${bucket}/`, '--wait');
    const jobs = await untilHashed(bucket, 150);

    expect(followed).toMatchObject({
      code: 0,
      status: { workflowId: status.workflowId, execution: 'COMPLETED' },
    });
    const { listed = 0, started = 0, found = 0 } = followed.status.progress?.counts ?? {};
    expect(listed).toBe(150);
    expect(started + found).toBe(150);
    expect(jobs).toHaveLength(150); // one run of one job each
  });

  test('is paused, resumed and cancelled by its id, and says so', async () => {
    const bucket = await newBucket(40);
    const { status } = await run('backfill', `s3://${bucket}/`, '--rate', '0.5');
    const id = status.workflowId;

    const again = await midstate(['backfill', `s3://${bucket}/`], { env });
    const paused = await midstate(['backfill', 'pause', id], { env });
    const shown = await run('backfill', 'status', id);
    const resumed = await midstate(['backfill', 'resume', id], { env });
    const cancelled = await midstate(['backfill', 'cancel', id], { env });
    const end = await eventually(
      async () => {
        const now = await run('backfill', 'status', id);
        return now.status.execution === 'CANCELLED' && now.status;
      },
      { what: 'the end of a cancelled backfill' },
    );
    const gone = await midstate(['backfill', 'pause', id], { env });

    expect(again.stdout).toContain('it runs already');
    expect(paused.stdout).toContain('paused');
    expect(shown.status).toMatchObject({ execution: 'RUNNING', progress: { state: 'paused' } });
    expect(resumed.stdout).toContain('running');
    expect(cancelled.stdout).toContain('asked to end');
    expect(end.progress?.counts.started).toBeLessThan(40);
    expect(gone).toMatchObject({ code: 1, stderr: expect.stringContaining('it has ended') as string });
  });

  test('takes lists: from standard input, and from S3', async () => {
    const bucket = await newBucket(4);
    const lines = (await upload(bucket, 4)).map((key) => `${bucket},${encodeURIComponent(key)}`);
    await putObject(clients.s3, bucket, 'lists/list.csv', lines.slice(2).join('\r\n'));
    const input = [...lines.slice(0, 2), `${bucket},there-is-none`, bucket].join('\n');

    const piped = await midstate(['backfill', '--csv', '-', '--wait'], { env, input });
    const { status } = await run('backfill', '--csv', `s3://${bucket}/lists/list.csv`, '--wait');

    expect(piped.code).toBe(1);
    expect(piped.stdout).toMatch(/4 {2}listed\n.*2 {2}started\n.*1 {2}gone or changed\n.*1 {2}failed/);
    expect(piped.stdout).toContain('failed  line 4: expected bucket,key');
    expect(status.progress?.counts).toMatchObject({ listed: 2, started: 2 });
    await untilHashed(bucket, 4);
  });

  test('takes an inventory with gzipped CSV, and refuses other formats', async () => {
    const bucket = await newBucket(3, { versioned: true });
    const keys = await upload(bucket, 3);
    const row = (key: string, isLatest: boolean) =>
      `"${bucket}","${encodeURIComponent(key)}","${String(isLatest)}","false"\n`;
    const files = ['inv/1.csv.gz', 'inv/2.csv.gz'];
    await putObject(
      clients.s3,
      bucket,
      files[0]!,
      gzipSync(
        keys
          .slice(0, 2)
          .map((key) => row(key, true))
          .join(''),
      ),
    );
    await putObject(clients.s3, bucket, files[1]!, gzipSync(row(keys[2]!, true) + row(keys[2]!, false)));
    const manifest = {
      sourceBucket: bucket,
      destinationBucket: `arn:aws:s3:::${bucket}`,
      version: '2016-11-30',
      fileFormat: 'CSV',
      fileSchema: 'Bucket, Key, IsLatest, IsDeleteMarker',
      files: files.map((key) => ({ key })),
    };
    await putObject(clients.s3, bucket, 'inv/manifest.json', JSON.stringify(manifest));
    await putObject(
      clients.s3,
      bucket,
      'orc/manifest.json',
      JSON.stringify({ ...manifest, fileFormat: 'ORC' }),
    );

    const { status } = await run('backfill', '--inventory', `s3://${bucket}/inv/manifest.json`, '--wait');
    const orc = await midstate(['backfill', '--inventory', `s3://${bucket}/orc/manifest.json`, '--wait'], {
      env,
    });

    expect(status.progress?.counts).toMatchObject({ listed: 4, started: 3, notCurrent: 1 });
    expect(orc).toMatchObject({ code: 1, stdout: expect.stringContaining('its files are ORC') as string });
  });

  test('with --dry-run says what that takes, and starts nothing', async () => {
    const bucket = await newBucket(30);

    const { code, stdout } = await midstate(['backfill', `s3://${bucket}/`, '--dry-run', '--limit', '25'], {
      env,
    });
    const { status } = await run('backfill', `s3://${bucket}/`, '--dry-run');

    expect(code).toBe(0);
    expect(stdout).toContain('nothing was started');
    expect(stdout).toContain('25 would be started; there are more');
    expect(stdout).toMatch(/256 MB class: 25 objects/);
    expect(stdout).toMatch(/list prices of \d{4}-\d{2}-\d{2}/);
    expect(status).toMatchObject({ isTruncated: false, counts: { started: 30 }, estimate: { objects: 30 } });
    expect(await jobsOf(bucket)).toEqual([]);
  });

  test('of a bucket that does not exist fails with its name; two sources are wrong use', async () => {
    const missing = await midstate(['backfill', 's3://there-is-no-such-bucket/', '--wait'], { env });
    const both = await midstate(['backfill', 's3://b-b/', '--csv', '-'], { env, input: '' });

    expect(missing).toMatchObject({ code: 1, stdout: expect.stringContaining('BucketNotFound') as string });
    expect(both).toMatchObject({ code: 2, stderr: expect.stringContaining('expected one of') as string });
  });
});

describe('midstate reconcile', () => {
  test('starts what has no digest: neither in its labels, nor with Temporal', async () => {
    const bucket = await newBucket(10);
    const tagged = ['backfill', `s3://${bucket}/`, '--publish', 'tags', '--limit', '4', '--wait'];
    await run(...tagged);
    await run('backfill', `s3://${bucket}/`, '--publish', 'sidecar', '--limit', '3', '--wait');
    await untilHashed(bucket, 7);

    const dry = await midstate(['reconcile', `s3://${bucket}/`, '--dry-run'], { env });
    const { status } = await run('reconcile', `s3://${bucket}/`, '--wait');
    const again = await run('reconcile', `s3://${bucket}/`, '--wait');

    // Ten objects, and the sidecars of three of them.
    expect(dry.stdout).toContain('13 listed · 3 would be started · 7 carry their digest · 3 sidecars');
    expect(dry.stdout.match(/would start {2}s3:/g)).toHaveLength(3);
    expect(status).toMatchObject({
      progress: {
        name: 'reconcile',
        counts: { listed: 13, started: 3, labelled: 7, found: 0, sidecars: 3 },
        samples: { started: [expect.stringContaining(bucket), expect.anything(), expect.anything()] },
      },
    });
    expect(again.status.progress?.counts).toMatchObject({ listed: 13, started: 0, labelled: 7, found: 3 });
  });

  test('--every puts it on a Temporal Schedule that never runs twice at once; --unschedule takes it off', async () => {
    const bucket = await newBucket(3);
    const uri = `s3://${bucket}/`;

    const created = await run('reconcile', uri, '--every', '1d');
    const changed = await run('reconcile', uri, '--every', '6h');
    const handle = clients.temporal.schedule.getHandle(String(created.status['scheduleId']));
    const { spec, policies } = await handle.describe();
    await handle.trigger();
    await untilHashed(bucket, 3);
    const removed = await run('reconcile', uri, '--unschedule');
    const twice = await midstate(['reconcile', uri, '--unschedule'], { env });

    expect(created.status).toMatchObject({ state: 'created' });
    expect(changed.status).toMatchObject({ state: 'changed', scheduleId: created.status['scheduleId'] });
    expect(spec.intervals).toMatchObject([{ every: 6 * 3_600_000 }]);
    expect(policies.overlap).toBe('SKIP');
    expect(removed.status).toMatchObject({ state: 'removed' });
    expect(twice).toMatchObject({ code: 1, stderr: expect.stringContaining('not on a schedule') as string });
  });
});
