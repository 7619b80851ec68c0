import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CreateQueueCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../setup/eventually.js';
import { jsonLines, midstate, RunningCommand, userEnvironment } from '../setup/midstate-cli.js';
import { s3Record } from '../setup/s3-events.js';
import { theStack } from '../setup/the-stack.js';
import {
  connectStack,
  ensureBucket,
  freshBytes,
  opensslDigest,
  putObject,
  type StackClients,
} from '../setup/stack-clients.js';

/** Nobody announces the uploads to it. */
const BUCKET = 'commands';
const { scratchDir } = theStack();
const env = { MIDSTATE_TASK_QUEUE_PREFIX: `commands-${randomUUID()}`, MIDSTATE_MEMORY_CLASSES: '256' };

let clients: StackClients;
let worker: RunningCommand;

beforeAll(async () => {
  clients = await connectStack(theStack().urls);
  await ensureBucket(clients.s3, BUCKET);
  const args = ['worker', '--workflows', '--memory-class', '256'];
  worker = new RunningCommand(args, userEnvironment(env), join(scratchDir, 'commands-worker.log'));
});

afterAll(async () => {
  await worker.stop();
  await clients.close();
});

async function upload(body: Buffer | string = freshBytes(1_000), key = randomUUID()) {
  const object = await putObject(clients.s3, BUCKET, key, body);
  return { object, uri: `s3://${BUCKET}/${key}`, sha1: opensslDigest('sha1', body) };
}

/** Where the Web UI of the stack shows a job's newest run. */
function pageOf(workflowId: string): string {
  const { temporalUi } = theStack().urls;
  return `${temporalUi}/namespaces/default/workflows/${encodeURIComponent(workflowId)}`;
}

describe('midstate submit', () => {
  test('with --wait prints the digest and ends with 0', async () => {
    const { uri, sha1 } = await upload();

    const { code, stdout, stderr } = await midstate(['submit', uri, '--wait'], { env });

    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: `hashed unverified  ${uri}  sha1:${sha1}\n`,
      stderr: '',
    });
  });

  test('with --json prints one value for each object', async () => {
    const [one, two] = [await upload(), await upload()];

    const { code, stdout } = await midstate(['submit', one.uri, two.uri, '--wait', '--json'], { env });

    expect(code).toBe(0);
    expect(jsonLines(stdout)).toMatchObject([
      { isNew: true, outcome: 'hashed', object: one.object, digests: { sha1: one.sha1 } },
      { isNew: true, outcome: 'hashed', object: two.object, digests: { sha1: two.sha1 } },
    ]);
  });

  test('what is wrong with one object keeps no other from being hashed', async () => {
    const [one, two] = [await upload(), await upload()];
    const missing = `s3://${BUCKET}/missing-${randomUUID()}`;

    const { code, stdout, stderr } = await midstate(['submit', one.uri, missing, two.uri, '--wait'], { env });

    expect(code).toBe(1);
    expect(stdout).toBe(
      `hashed unverified  ${one.uri}  sha1:${one.sha1}\nhashed unverified  ${two.uri}  sha1:${two.sha1}\n`,
    );
    expect(stderr).toMatch(/^midstate: .*missing-[^\n]*\n$/);
  });

  test('without --wait names the job; a second time says that it has been hashed', async () => {
    const { object, uri } = await upload();

    const first = await midstate(['submit', uri, '--json'], { env });
    const [started] = jsonLines(first.stdout) as [{ workflowId: string; isNew: boolean }];
    await clients.temporal.workflow.getHandle(started.workflowId).result();
    const second = await midstate(['submit', uri], { env });

    expect(started).toMatchObject({ object, isNew: true });
    expect(second.stdout).toBe(
      `already hashed  ${uri}  ${started.workflowId}\n  ${pageOf(started.workflowId)}\n`,
    );
  });

  test('names no page where the Web UI is not known', async () => {
    const { uri } = await upload();

    const { stdout } = await midstate(['submit', uri], { env: { ...env, MIDSTATE_UI_URL: undefined } });

    expect(stdout).toMatch(/^started {2}\S+ {2}\S+\n$/);
  });

  test('with the expected digest ends with 0, with another one with 3', async () => {
    const [one, two] = [await upload(), await upload()];

    const right = await midstate(['submit', one.uri, '--expect', `sha1=${one.sha1}`, '--wait'], { env });
    const wrong = await midstate(['submit', two.uri, '--expect', `sha1=${one.sha1}`, '--wait'], { env });

    expect({ code: right.code, stdout: right.stdout }).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^hashed match {2}/) as string,
    });
    expect({ code: wrong.code, stdout: wrong.stdout }).toMatchObject({
      code: 3,
      stdout: expect.stringMatching(/^hashed mismatch {2}/) as string,
    });
  });
});

describe('midstate status', () => {
  test('shows the newest job of an object, for people and for machines', async () => {
    const { uri, sha1 } = await upload();
    await midstate(['submit', uri, '--wait'], { env });

    const [people, machines] = [
      await midstate(['status', uri], { env }),
      await midstate(['status', uri, '--json'], { env }),
    ];

    expect(people.code).toBe(0);
    expect(people.stdout).toContain(`hashed unverified      ${uri}\n  sha1 ${sha1}\n`);
    expect(jsonLines(machines.stdout)).toMatchObject([
      { execution: 'COMPLETED', result: { outcome: 'hashed', digests: { sha1 } } },
    ]);
    const [{ workflowId, webUi }] = jsonLines(machines.stdout) as [{ workflowId: string; webUi: string }];
    expect(webUi.startsWith(`${pageOf(workflowId)}/`)).toBe(true);
    expect(people.stdout).toContain(`  ${webUi}\n`);
  });

  test('finds an object whose key has quotes, a backslash and a line break', async () => {
    const { uri } = await upload(freshBytes(10), `${randomUUID()} "so" it's \\ and\nso on`);
    await midstate(['submit', uri, '--wait'], { env });

    const { code, stdout } = await midstate(['status', uri, '--json'], { env });

    expect(code).toBe(0);
    expect(jsonLines(stdout)).toMatchObject([{ execution: 'COMPLETED' }]);
  });

  test('of an object without a job says so, and ends with 1', async () => {
    const { code, stdout, stderr } = await midstate(['status', `s3://${BUCKET}/never-${randomUUID()}`]);

    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^midstate: status: there is no such job; .*\n$/);
  });
});

describe('midstate hash', () => {
  test('of an object prints what sha1sum would, and what is asked for as JSON', async () => {
    const body = freshBytes(300_000);
    const { uri, sha1 } = await upload(body);

    const plain = await midstate(['hash', uri]);
    const json = await midstate(['hash', uri, '--algorithms', 'md5,sha256', '--json']);

    expect(plain).toMatchObject({ code: 0, stdout: `${sha1}  ${uri}\n` });
    expect(jsonLines(json.stdout)).toMatchObject([
      {
        source: uri,
        sizeBytes: 300_000,
        digests: { md5: opensslDigest('md5', body), sha256: opensslDigest('sha256', body) },
        proof: { kind: 'stored-checksum', algorithm: 'crc64nvme' },
      },
    ]);
  });

  test('of a file and of standard input gives the same digest', async () => {
    const body = freshBytes(3_000_000);
    const file = join(scratchDir, `file-${randomUUID()}`);
    await writeFile(file, body);

    const ofFile = await midstate(['hash', file]);
    const ofInput = await midstate(['hash', '-'], { input: body });

    const sha1 = opensslDigest('sha1', body);
    expect(ofFile).toMatchObject({ code: 0, stdout: `${sha1}  ${file}\n` });
    expect(ofInput).toMatchObject({ code: 0, stdout: `${sha1}  -\n` });
  });

  test('of a file needs no server at all', async () => {
    const file = join(scratchDir, `file-${randomUUID()}`);
    await writeFile(file, '');

    const { code, stdout } = await midstate(['hash', file], {
      env: { TEMPORAL_ADDRESS: undefined, AWS_ENDPOINT_URL_S3: undefined, AWS_ACCESS_KEY_ID: undefined },
    });

    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: `da39a3ee5e6b4b0d3255bfef95601890afd80709  ${file}\n`,
    });
  });
});

describe('midstate submit --event', () => {
  const fixture = (name: string) => {
    const file = new URL(`../fixtures/events/${name}.json`, import.meta.url);
    return JSON.stringify((JSON.parse(readFileSync(file, 'utf8')) as { message: unknown }).message);
  };

  test('with --dry-run prints the objects of a message, decoded, and asks nobody', async () => {
    const file = join(scratchDir, `event-${randomUUID()}.json`);
    await writeFile(file, fixture('v2.1-several-records'));

    const { code, stdout, stderr } = await midstate(['submit', '--event', file, '--dry-run', '--json'], {
      env: { TEMPORAL_ADDRESS: '127.0.0.1:1' },
    });

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(jsonLines(stdout)).toMatchObject([
      {
        form: 's3-notification',
        objects: [
          { bucket: 'amzn-s3-demo-bucket', key: 'HappyFace.jpg', sequencer: '0055AED6DCD90281E5' },
          { bucket: 'amzn-s3-demo-bucket', key: 'archive/a b+c.tar', versionId: 'v2' },
        ],
        ignored: [{ event: 'ObjectRemoved:Delete', key: 'old.txt', reason: 'the object was removed' }],
        refused: [],
      },
    ]);
  });

  test('from standard input starts what the poller would, and finds it the next time', async () => {
    const { object, uri, sha1 } = await upload();
    const input = JSON.stringify({ Records: [s3Record(object, '0A')] });

    const first = await midstate(['submit', '--event', '-', '--wait'], { env, input });
    const second = await midstate(['submit', '--event', '-'], { env, input });

    expect(first.stdout).toBe(`hashed unverified  ${uri}  sha1:${sha1}\n`);
    expect(second.stdout).toMatch(new RegExp(`^already hashed  ${uri}  hash:`));
  });

  test('finds for s3://… what an event has started on a bucket without versions', async () => {
    const { object, uri } = await upload();
    const input = JSON.stringify({ Records: [s3Record(object, '0A')] });
    const first = await midstate(['submit', '--event', '-', '--wait', '--json'], { env, input });

    const second = await midstate(['submit', uri, '--json'], { env });

    const [{ workflowId }] = jsonLines(first.stdout) as [{ workflowId: string }];
    expect(jsonLines(second.stdout)).toMatchObject([{ workflowId, isNew: false }]);
  });

  test.each([
    ['hello', /message: it is not JSON/],
    ['{"bucket":"b-1","key":"k"}\n{"bucket":"b-1"}', /message: line 2\.key: /],
  ])('of %j ends with 2 and the reason', async (input, reason) => {
    const { code, stderr } = await midstate(['submit', '--event', '-', '--dry-run'], { env, input });

    expect(code).toBe(2);
    expect(stderr).toMatch(reason);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  test('and objects together, or neither, are wrong use', async () => {
    expect((await midstate(['submit'], { env })).code).toBe(2);
    expect((await midstate(['submit', 's3://b-1/k', '--event', '-'], { env })).code).toBe(2);
  });
});

describe('midstate setup', () => {
  test('creates what is missing, and a second time changes nothing', async () => {
    const queue = `setup-${randomUUID()}`;

    const first = await midstate(['setup', '--queue', queue, '--json']);
    const second = await midstate(['setup', '--queue', queue, '--json']);

    const urls = {
      queueUrl: expect.stringMatching(`/${queue}$`) as string,
      dlqUrl: expect.stringMatching(`/${queue}-dlq$`) as string,
    };
    expect([first.code, second.code]).toEqual([0, 0]);
    expect(jsonLines(first.stdout)).toMatchObject([
      { ...urls, isApplied: true, steps: [{}, { kind: 'create' }, { kind: 'create' }] },
    ]);
    expect(jsonLines(second.stdout)).toMatchObject([
      {
        ...urls,
        searchAttributesRegistered: [],
        steps: [{ kind: 'keep' }, { kind: 'keep' }, { kind: 'keep' }],
      },
    ]);
  });

  test('with --dry-run shows what is missing, and makes nothing', async () => {
    const queue = `setup-${randomUUID()}`;

    const shown = await midstate(['setup', '--queue', queue, '--dry-run']);
    const again = await midstate(['setup', '--queue', queue, '--dry-run']);

    expect(shown.code).toBe(0);
    expect(shown.stdout).toMatch(
      new RegExp(`queue ${queue}\n {2}\\+ create it\n {2}\\+ after 10 deliveries`),
    );
    expect(shown.stdout).toMatch(/nothing was done: --yes does it\n$/);
    expect(again.stdout).toBe(shown.stdout);
  });

  test('changes a queue that is there with --yes only', async () => {
    const queue = `setup-${randomUUID()}`;
    await clients.sqs.send(new CreateQueueCommand({ QueueName: queue }));

    const refused = await midstate(['setup', '--queue', queue]);
    const done = await midstate(['setup', '--queue', queue, '--yes']);
    const again = await midstate(['setup', '--queue', queue]);

    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(/it would change what is there; --yes does it/);
    expect(done.stdout).toMatch(/\ndone\n$/);
    expect(again.stdout).toMatch(/\nnothing to do\n$/);
  });
});

describe('the command line', () => {
  test.concurrent.for(['dev', 'demo', 'setup', 'worker', 'poller', 'dlq', 'submit', 'status', 'hash'])(
    'midstate %s --help shows an example and ends with 0',
    async (command) => {
      const { code, stdout } = await midstate([command, '--help']);

      expect(code).toBe(0);
      expect(stdout).toContain(`Example:\n  midstate ${command}`);
    },
  );

  test('a worker that is told to stop ends with 0 and says so', async () => {
    const log = join(scratchDir, `stopped-${randomUUID()}.log`);
    const command = new RunningCommand(['worker', '--memory-class', '128'], userEnvironment(env), log);

    await eventually(() => command.log().includes('RUNNING'), { what: 'a running worker' });

    command.signal('SIGTERM');

    expect(await command.exited).toEqual({ code: 0, signal: null });
  });
});
