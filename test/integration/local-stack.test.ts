import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetObjectCommand, ListBucketsCommand } from '@aws-sdk/client-s3';
import { GetQueueAttributesCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { SEARCH_ATTRIBUTES } from '../../src/core/search-attributes.js';
import { startLocalStack } from '../../src/local/local-stack.js';
import { decodedKeys, FIRST_START_MS, optionsFor, StackHarness } from './local-stack-harness.js';
import { eventually } from '../setup/eventually.js';

vi.setConfig({ testTimeout: 60_000 });

let harness: StackHarness;

beforeAll(async () => {
  harness = await StackHarness.create();
}, FIRST_START_MS);

afterAll(() => harness.dispose(), 60_000);

async function withTemporal<T>(use: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = await Connection.connect({ address: harness.stack.urls.temporalAddress });
  try {
    return await use(connection);
  } finally {
    await connection.close();
  }
}

describe('a started stack', () => {
  it('gives the standard variables that point at it, and a process for each server', () => {
    const { env, urls, processes } = harness.stack;

    expect(env).toMatchObject({
      AWS_ENDPOINT_URL_S3: urls.s3,
      AWS_ENDPOINT_URL_SQS: urls.sqs,
      AWS_REGION: 'us-east-1',
      TEMPORAL_ADDRESS: urls.temporalAddress,
      TEMPORAL_NAMESPACE: 'default',
      MIDSTATE_QUEUE_URL: urls.queueUrl,
      MIDSTATE_BUCKET: 'midstate',
    });
    expect(processes.map(({ name }) => name).sort()).toEqual(['s3', 'sqs', 'temporal']);
  });

  it('has the bucket, and a queue that hands a message to the dead-letter queue after ten receives', async () => {
    const buckets = await harness.s3.send(new ListBucketsCommand({}));
    const { Attributes } = await harness.sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: harness.stack.urls.queueUrl, AttributeNames: ['All'] }),
    );
    const redrive = JSON.parse(Attributes?.['RedrivePolicy'] ?? '{}') as Record<string, unknown>;

    expect(buckets.Buckets?.map((bucket) => bucket.Name)).toEqual(['midstate']);
    expect(Number(redrive['maxReceiveCount'])).toBe(10);
    expect(redrive['deadLetterTargetArn']).toMatch(/:midstate-events-dlq$/);
  });

  it('keeps ended workflows for 30 days, and knows the search attributes', async () => {
    const { namespace, attributes } = await withTemporal(async (connection) => ({
      namespace: await connection.workflowService.describeNamespace({ namespace: 'default' }),
      attributes: await connection.operatorService.listSearchAttributes({ namespace: 'default' }),
    }));

    expect(String(namespace.config?.workflowExecutionRetentionTtl?.seconds)).toBe(String(30 * 24 * 3_600));
    expect(Object.keys(attributes.customAttributes)).toEqual(
      expect.arrayContaining(Object.keys(SEARCH_ATTRIBUTES)),
    );
  });

  it('serves the Web UI', async () => {
    const page = await fetch(`${harness.stack.urls.temporalUi}/namespaces/default/workflows`);

    expect(page.status).toBe(200);
  });

  it('refuses to be started a second time on its folder, and names the process that has it', async () => {
    const second = startLocalStack(optionsFor(harness.dataDir));

    await expect(second).rejects.toThrow(new RegExp(`already runs on this data folder.*pid=${process.pid}`));
  });
});

describe('a stack that cannot start', () => {
  it('names the port that is taken, who needs it and the option, and lets go of its folder', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'midstate-stack-'));
    const squatter = createServer().listen(0, '127.0.0.1');
    await once(squatter, 'listening');
    const { port } = squatter.address() as AddressInfo;
    const options = {
      ...optionsFor(dataDir),
      ports: { temporal: 17_233, temporalUi: 18_233, s3: port, sqs: 19_324, eventBridge: 17_071 },
    };

    const message = new RegExp(`port ${port} \\(the S3 server; --ports s3=PORT\\)`);
    await expect(startLocalStack(options)).rejects.toThrow(message);
    await expect(startLocalStack(options)).rejects.toThrow(message);

    squatter.close();
    await rm(dataDir, { recursive: true });
  });

  it('shows the last lines of the log of the server that died, and leaves nothing running', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'midstate-stack-'));
    const reported: string[] = [];
    const options = { ...optionsFor(dataDir, (line) => reported.push(line)) };

    await expect(
      startLocalStack({ ...options, env: { ...process.env, TEMPORAL_CLI_PATH: '/bin/ls' } }),
    ).rejects.toThrow(/Temporal did not start: it ended with code 2.*temporal\.log:\n.*ls: /s);
    expect(reported).toEqual([]);

    await rm(dataDir, { recursive: true });
  });
});

describe('state', () => {
  it('survives a restart: workflows, objects, messages; and no event is sent twice', async () => {
    await harness.put('kept/one');
    await harness.put('kept/two', 'two');
    expect(decodedKeys(await harness.takeEvents(2))).toEqual(['kept/one', 'kept/two']);
    await harness.sqs.send(
      new SendMessageCommand({ QueueUrl: harness.stack.urls.queueUrl, MessageBody: '{"Records":[]}' }),
    );
    await withTemporal((connection) =>
      new Client({ connection }).workflow.start('nobodyRunsThis', { taskQueue: 'none', workflowId: 'kept' }),
    );

    await harness.stack.stop();
    await harness.start();
    const resent = await harness.stack.bridge.sweepNow();

    const object = await harness.s3.send(new GetObjectCommand({ Bucket: 'midstate', Key: 'kept/two' }));
    const kept = await withTemporal((connection) =>
      new Client({ connection }).workflow.getHandle('kept').describe(),
    );
    const { Attributes } = await harness.sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: harness.stack.urls.queueUrl, AttributeNames: ['All'] }),
    );
    expect(await object.Body?.transformToString()).toBe('two');
    expect(kept.status.name).toBe('RUNNING');
    expect(Attributes?.['ApproximateNumberOfMessages']).toBe('1');
    expect(resent).toBe(0);
  }, 60_000);

  it.each(['temporal', 's3', 'sqs'] as const)(
    'survives a crash of %s, which can be started again',
    async (name) => {
      const before = harness.stack.processes.find((server) => server.name === name)?.pid;

      await harness.stack.killServer(name);
      expect(harness.stack.processes.map((server) => server.name)).not.toContain(name);
      await harness.stack.restartServer(name);

      const after = harness.stack.processes.find((server) => server.name === name)?.pid;
      expect(after).toBeGreaterThan(0);
      expect(after).not.toBe(before);
    },
    60_000,
  );

  it('keeps a message that was acknowledged the moment before the queue crashed', async () => {
    const QueueUrl = harness.stack.urls.queueUrl;
    const count = async (): Promise<number> => {
      const { Attributes } = await harness.sqs.send(
        new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }),
      );
      return Number(Attributes?.['ApproximateNumberOfMessages']);
    };
    const countBefore = await count();

    for (let n = 0; n < 20; n += 1) {
      await harness.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: `{"n":${n}}` }));
    }
    await harness.stack.killServer('sqs');
    await harness.stack.restartServer('sqs');

    // ElasticMQ says that it is well before it has read its queues again.
    const wanted = countBefore + 20;
    await eventually(async () => (await count()) === wanted, { what: 'every message', timeoutMs: 20_000 });
    expect(await count()).toBe(wanted);
  }, 60_000);

  it('reports a server that ends on its own, and the log to look at', async () => {
    const victim = harness.stack.processes.find((server) => server.name === 's3');
    process.kill(victim!.pid, 'SIGKILL');

    await expect
      .poll(() => harness.reported.join('\n'))
      .toContain('versitygw (S3) ended unexpectedly (signal SIGKILL)');
    await harness.stack.restartServer('s3');
    expect(await readFile(victim!.logFile, 'utf8')).not.toBe('');
  });
});
