import { randomUUID } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  midstate,
  RunningCommand,
  userEnvironment,
  type Finished,
  type RunOptions,
} from '../setup/midstate-cli.js';
import { CONNECT_TIMEOUT_MS } from '../../src/temporal/temporal-connection.js';
import { eventually } from '../setup/eventually.js';
import { SlowNetwork } from '../setup/slow-network.js';
import { LOOPBACK } from '../../src/local/ports.js';
import { connectStack, ensureBucket, putObject } from '../setup/stack-clients.js';
import { theStack } from '../setup/the-stack.js';

const BUCKET = 'bad-input';
const { urls, scratchDir } = theStack();
const GHOST_QUEUE = urls.queueUrl.replace(/[^/]+$/, 'no-such-queue');

/** Takes connections and never says a word. */
let silent: Server;
let silentAddress: string;

beforeAll(async () => {
  const clients = await connectStack(urls);
  await ensureBucket(clients.s3, BUCKET);
  await putObject(clients.s3, BUCKET, 'there', 'hello');
  await clients.close();
  silent = createServer().listen(0, LOOPBACK);
  await once(silent, 'listening');
  silentAddress = `${LOOPBACK}:${String((silent.address() as AddressInfo).port)}`;
});

afterAll(() => {
  silent.close();
});

interface Complaint {
  readonly code: 1 | 2;
  /** What the message must hold: what, where, expected, got, what to do. */
  readonly says: readonly (string | RegExp)[];
}

/** One message on standard error, with everything that helps and nothing that does not. */
function expectComplaint({ code, stdout, stderr }: Finished, wanted: Complaint): void {
  expect({ code, stdout }, stderr).toEqual({ code: wanted.code, stdout: '' });
  for (const part of wanted.says) expect(stderr).toMatch(part);
  expect(stderr).not.toMatch(/^ {4}at /m);
  expect(stderr).not.toMatch(/node:internal|UnhandledPromise|\[object Object\]|undefined/);
  expect(stderr.match(/^midstate: /gm)).toHaveLength(1);
}

interface Case extends Complaint {
  readonly name: string;
  readonly args: readonly string[];
  readonly env?: RunOptions['env'];
}

const OBJECT_CASES: readonly Case[] = ['hash', 'submit'].flatMap((command) => [
  {
    name: `${command}: a bucket that is not there`,
    args: [command, 's3://no-such-bucket/key'],
    code: 1,
    says: ['the bucket does not exist: check its name', 'bucket=no-such-bucket'],
  },
  {
    name: `${command}: a key that is not there`,
    args: [command, `s3://${BUCKET}/no such%20key`],
    code: 1,
    says: ['the object does not exist: check the key', `bucket=${BUCKET}, key=no such%20key`],
  },
  {
    name: `${command}: a secret that is not the right one`,
    args: [command, `s3://${BUCKET}/there`],
    env: { AWS_SECRET_ACCESS_KEY: 'not-the-right-one' },
    code: 1,
    says: ['access denied: check that the credentials are there', `bucket=${BUCKET}, key=there`],
  },
  {
    name: `${command}: no credentials at all`,
    args: [command, `s3://${BUCKET}/there`],
    env: {
      AWS_ACCESS_KEY_ID: undefined,
      AWS_SECRET_ACCESS_KEY: undefined,
      AWS_EC2_METADATA_DISABLED: 'true',
    },
    code: 1,
    says: ['access denied: check that the credentials are there'],
  },
  {
    name: `${command}: an S3 server that is not there`,
    args: [command, `s3://${BUCKET}/there`],
    env: { AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:1' },
    code: 1,
    says: ['describe object: the server cannot be reached', 'ECONNREFUSED', `bucket=${BUCKET}`],
  },
  {
    name: `${command}: an address that is none`,
    args: [command, 's3://UPPER/'],
    code: 2,
    says: ['expected s3://bucket/key', 'UPPER'],
  },
  {
    name: `${command}: an algorithm that nobody knows`,
    args: [command, `s3://${BUCKET}/there`, '--algorithms', 'sha1,sha9'],
    code: 2,
    says: ['--algorithms', 'expected some of md5, sha1', 'got "sha9"'],
  },
]);

const OTHER_CASES: readonly Case[] = [
  {
    name: 'hash: a chunk size that is no multiple of 128',
    args: ['hash', `s3://${BUCKET}/there`, '--chunk-size-bytes', '20000001'],
    code: 2,
    says: ['--chunk-size-bytes', 'expected a positive multiple of 128', 'got 20000001; use 20000000'],
  },
  {
    name: 'worker: a chunk size that is no number',
    args: ['worker', '--memory-class', '256'],
    env: { MIDSTATE_CHUNK_SIZE_BYTES: 'large' },
    code: 2,
    says: ['MIDSTATE_CHUNK_SIZE_BYTES', 'expected a positive multiple of 128'],
  },
  {
    name: 'worker: several settings at fault are all named',
    args: ['worker', '--workflows'],
    env: { MIDSTATE_LOSS_BOUND_SECONDS: '0', MIDSTATE_PUBLISH: 'fax', MIDSTATE_MEMORY_CLASSES: '300' },
    code: 2,
    says: [
      'MIDSTATE_LOSS_BOUND_SECONDS',
      'MIDSTATE_PUBLISH: .*got fax',
      'MIDSTATE_MEMORY_CLASSES: .*got 300',
    ].map((part) => new RegExp(part)),
  },
  {
    name: 'worker: neither a class nor workflows',
    args: ['worker'],
    code: 2,
    says: ['expected --memory-class <MB>, --workflows, or both; got neither'],
  },
  {
    name: 'poller: no queue',
    args: ['poller'],
    env: { MIDSTATE_QUEUE_URL: undefined },
    code: 2,
    says: ['expected the queue in --queue-url or MIDSTATE_QUEUE_URL, got none'],
  },
  {
    name: 'hash: a file that is not there',
    args: ['hash', `${scratchDir}/no-such-file`],
    code: 1,
    says: [`${scratchDir}/no-such-file: there is no such file`],
  },
  {
    name: 'hash: a directory',
    args: ['hash', scratchDir],
    code: 1,
    says: ['it is a directory: expected a file'],
  },
  {
    name: 'status: a limit that is none',
    args: ['status', '--limit', 'many'],
    code: 2,
    says: [/--limit.*expected a whole number from 1, got many/],
  },
];

describe.concurrent('wrong input', () => {
  test.for([...OBJECT_CASES, ...OTHER_CASES])('$name', async ({ args, env, ...wanted }) => {
    const finished = await midstate(args, env === undefined ? {} : { env });

    expectComplaint(finished, wanted);
  });

  test('a secret is never repeated', async () => {
    const env = { AWS_SECRET_ACCESS_KEY: 'very-secret' };

    const { stdout, stderr } = await midstate(['hash', `s3://${BUCKET}/there`, '--verbose'], { env });

    expect(`${stdout}${stderr}`).not.toContain('very-secret');
  });

  test.for([
    { args: ['submit', `s3://${BUCKET}/there`, '--expect', 'sha1=abc'], says: 'the digest in 40 hex digits' },
    {
      args: ['worker', '--memory-class', '300'],
      says: 'expected one of 128, 256, 512, 1024, 2048 (MB), got 300',
    },
    {
      args: ['worker', '--memory-class', '128', '--chunk-size-bytes', '64000000'],
      says: 'a chunk of 64000000 bytes does not fit the 128 MB class: expected at most 45000000',
    },
    {
      args: ['worker', '--memory-class', '128', '--connections', '16'],
      says: '16 for each object do not fit the 128 MB class: expected at most 8',
    },
    { args: ['hash'], says: "missing required argument 'source'" },
    { args: ['hsh'], says: "unknown command 'hsh'" },
    { args: ['hash', '-', '--fast'], says: "unknown option '--fast'" },
  ])('wrong use is explained and ends with 2: $args', async ({ args, says }) => {
    const { code, stderr } = await midstate(args);

    expect(code, stderr).toBe(2);
    expect(stderr).toContain(says);
    expect(stderr).not.toMatch(/^ {4}at /m);
  });
});

describe.concurrent('servers that fail', () => {
  test('a queue that is not there ends the poller with a message', async () => {
    const { code, stderr } = await midstate(['poller', '--queue-url', GHOST_QUEUE]);

    expect(code, stderr).toBe(1);
    expect(stderr).toContain(
      'the queue does not exist: check MIDSTATE_QUEUE_URL, or create it with `midstate setup`',
    );
    expect(stderr).toContain(`queue=${GHOST_QUEUE}`);
    expect(stderr).not.toMatch(/^ {4}at /m);
  });

  test.for([
    { command: 'submit', args: ['submit', `s3://${BUCKET}/there`] },
    { command: 'status', args: ['status'] },
    { command: 'setup', args: ['setup'] },
    { command: 'worker', args: ['worker', '--memory-class', '256'] },
    { command: 'poller', args: ['poller'] },
  ])('a Temporal server that is not there ends $command with a message', async ({ args }) => {
    const { code, stdout, stderr } = await midstate(args, { env: { TEMPORAL_ADDRESS: '127.0.0.1:1' } });

    expect({ code, stdout }, stderr).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('Temporal server: it does not answer; start one with `midstate dev`');
    expect(stderr).toContain('address=127.0.0.1:1');
    expect(stderr).not.toMatch(/^ {4}at /m);
  });

  test.for([
    { command: 'status', args: ['status'] },
    { command: 'poller', args: ['poller'] },
    { command: 'worker', args: ['worker', '--memory-class', '256'] },
    { command: 'workflow worker', args: ['worker', '--workflows'] },
  ])(
    'a Temporal server that takes the connection and is silent is given up by the $command',
    async ({ args }) => {
      const started = Date.now();

      const { code, stderr } = await midstate(args, { env: { TEMPORAL_ADDRESS: silentAddress } });

      expect(code, stderr).toBe(1);
      expect(stderr).toContain('Temporal server: it does not answer; start one with `midstate dev`');
      expect(stderr).toContain(`address=${silentAddress}`);
      expect(stderr).not.toMatch(/^ {4}at /m);
      // Of the SDK's half a minute nothing is left; some seconds are for starting five processes at once.
      expect(Date.now() - started).toBeLessThan(CONNECT_TIMEOUT_MS + 15_000);
    },
  );

  test('a worker that runs outlasts a Temporal server that is silent for longer than that', async () => {
    const network = await SlowNetwork.open(`http://${urls.temporalAddress}`);
    const settings = { MIDSTATE_TASK_QUEUE_PREFIX: `outlasts-${randomUUID()}` };
    const worker = new RunningCommand(
      ['worker', '--workflows', '--memory-class', '256'],
      userEnvironment({ ...settings, TEMPORAL_ADDRESS: new URL(network.url).host }),
      `${scratchDir}/outlasts.log`,
    );
    const hash = ['submit', `s3://${BUCKET}/there`, '--again', '--wait'];
    const before = await midstate(hash, { env: settings });

    const silenced = network.holdAfter(0);
    network.cut();
    await silenced;
    const since = Date.now();
    await eventually(() => Date.now() - since > CONNECT_TIMEOUT_MS + 2_000, { what: 'a long silence' });
    network.release();
    const after = await midstate(hash, { env: settings });

    expect(before.code, before.stderr).toBe(0);
    expect(after.code, after.stderr).toBe(0);
    expect(worker.isRunning).toBe(true);
    await worker.stop();
    await network.close();
  });
});

describe.concurrent('a disk that fails', () => {
  test.skipIf(process.platform !== 'linux')('is named when the output cannot be written', async () => {
    const full = openSync('/dev/full', 'w');

    const { code, stderr } = await midstate(['hash', '-', '--json'], { input: 'x', stdout: full });
    closeSync(full);

    expect(code, stderr).toBe(1);
    expect(stderr).toMatch(/^midstate: .*the disk is full: free some space and try again/);
    expect(stderr).not.toMatch(/^ {4}at /m);
  });

  test('a data folder that cannot be is named before anything starts', async () => {
    const file = `${scratchDir}/${randomUUID()}`;
    await writeFile(file, '');

    const { code, stderr } = await midstate(['demo', '--data-dir', `${file}/folder`]);

    expect(code, stderr).toBe(2);
    expect(stderr).toContain('data folder: it cannot be created; choose another with --data-dir');
    expect(stderr).toContain(`folder=${file}/folder`);
    expect(stderr).not.toMatch(/^ {4}at /m);
  });
});
