import { randomUUID } from 'node:crypto';
import { SendMessageBatchCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { QueueMessage } from '../../src/core/ports.js';
import { DEFAULT_POLLER_SETTINGS, type PollerSettings } from '../../src/ingest/poller/poller-settings.js';
import { runPoller } from '../../src/ingest/poller/run-poller.js';
import { createQueueProvisioner } from '../../src/storage/queue-provisioner.js';
import { planQueues } from '../../src/setup/plan-queues.js';
import { createSqsMessageQueue } from '../../src/storage/sqs-message-queue.js';
import { createGate, eventually } from '../setup/eventually.js';
import { messagesIn } from '../setup/jobs.js';
import { connectStack, type StackClients } from '../setup/stack-clients.js';
import { theStack } from '../setup/the-stack.js';

let clients: StackClients;

beforeAll(async () => {
  clients = await connectStack(theStack().urls);
});

afterAll(() => clients.close());

async function makeQueue(suffix = ''): Promise<{ queueUrl: string; dlqUrl: string }> {
  const plan = await planQueues(
    createQueueProvisioner(clients.sqs),
    `q-${randomUUID().slice(0, 8)}${suffix}`,
    undefined,
  );
  for (const step of plan.steps) await step.apply?.();
  return { queueUrl: plan.queue!.url, dlqUrl: plan.dlq!.url };
}

const line = (key: string) => JSON.stringify({ bucket: 'bucket', key });

/** A poller in this process whose starts are the test's; `stop` ends it. */
function poll(
  queueUrl: string,
  start: (key: string) => Promise<void>,
  settings: Partial<PollerSettings> = {},
) {
  const stop = new AbortController();
  const log: string[] = [];
  const ended = runPoller(
    {
      queue: createSqsMessageQueue(clients.sqs, queueUrl),
      createStartUpload: (throughGate) => async (upload) => {
        await throughGate(() => start(upload.object.key));
        return { upload, kind: 'started', workflowId: upload.object.key };
      },
      log: (event, facts) => log.push(`${event} ${JSON.stringify(facts)}`),
    },
    stop.signal,
    { ...DEFAULT_POLLER_SETTINGS, waitSeconds: 1, ...settings },
  );
  return {
    log,
    stop: async () => {
      stop.abort();
      await ended;
    },
  };
}

async function untilEmpty(queueUrl: string): Promise<void> {
  await eventually(async () => (await messagesIn(clients.sqs, queueUrl)) === 0, { what: 'an empty queue' });
}

describe('a poller on a standard queue', () => {
  test('lets a start that takes seconds delay no other message, in its batch or after it', async () => {
    const { queueUrl } = await makeQueue();
    const slow = createGate();
    const startedAtMs = new Map<string, number>();
    const poller = poll(queueUrl, (key) => {
      startedAtMs.set(key, performance.now());
      return key === 'slow' ? slow.opened : Promise.resolve();
    });
    const sentAtMs = new Map<string, number>();

    for (const key of ['slow', ...Array.from({ length: 40 }, (_, n) => `quick-${n}`)]) {
      sentAtMs.set(key, performance.now());
      await clients.sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: line(key) }));
    }
    await eventually(() => startedAtMs.size === 41, { what: 'every start' });
    const delays = [...sentAtMs].map(([key, ms]) => startedAtMs.get(key)! - ms);
    // All but the slow one are done with while it is still under way.
    await eventually(async () => (await messagesIn(clients.sqs, queueUrl)) === 1, {
      what: 'one message left',
    });
    slow.open();
    await untilEmpty(queueUrl);
    await poller.stop();

    expect(Math.max(...delays)).toBeLessThan(1_000);
  });

  test('keeps a message for longer than its visibility timeout, and deals with it once', async () => {
    const { queueUrl } = await makeQueue();
    const queue = createSqsMessageQueue(clients.sqs, queueUrl);
    const slow = createGate();
    const started: string[] = [];
    const stop = new AbortController();
    const ended = runPoller(
      {
        queue: { ...queue, traits: async () => ({ ...(await queue.traits()), holdSeconds: 1 }) },
        createStartUpload: () => async (upload) => {
          started.push(upload.object.key);
          await slow.opened;
          return { upload, kind: 'started', workflowId: 'w' };
        },
        log: () => undefined,
      },
      stop.signal,
      { ...DEFAULT_POLLER_SETTINGS, waitSeconds: 1 },
    );
    await clients.sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: line('slow') }));
    await eventually(() => started.length > 0, { what: 'its start' });

    const threeHoldsLater = Date.now() + 3_000;
    await eventually(() => Date.now() > threeHoldsLater, { what: 'three holds' });
    slow.open();
    await untilEmpty(queueUrl);
    stop.abort();
    await ended;

    expect(started).toEqual(['slow']);
  });
});

describe('a poller on a FIFO queue', () => {
  test('deals with each group in its order, and sends what it cannot understand to a FIFO dead-letter queue', async () => {
    const { queueUrl, dlqUrl } = await makeQueue('.fifo');
    const started: string[] = [];
    const bodies = ['a', 'b', 'c'].flatMap((group) =>
      Array.from({ length: 8 }, (_, n) => ({ group, body: n === 3 ? `bad ${group}` : line(`${group}${n}`) })),
    );
    for (let at = 0; at < bodies.length; at += 8) {
      const Entries = bodies.slice(at, at + 8).map(({ group, body }, index) => ({
        Id: String(index),
        MessageBody: body,
        MessageGroupId: group,
        MessageDeduplicationId: randomUUID(),
      }));
      await clients.sqs.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
    }

    const poller = poll(queueUrl, (key) => {
      started.push(key);
      return Promise.resolve();
    });
    await untilEmpty(queueUrl);
    await poller.stop();

    for (const group of ['a', 'b', 'c']) {
      const inOrder = [0, 1, 2, 4, 5, 6, 7].map((n) => `${group}${n}`);
      expect(started.filter((key) => key.startsWith(group))).toEqual(inOrder);
    }
    expect(await messagesIn(clients.sqs, dlqUrl)).toBe(3);
  });
});

describe('the queue', () => {
  test('says which messages of a batch it did not delete', async () => {
    const { queueUrl } = await makeQueue();
    const queue = createSqsMessageQueue(clients.sqs, queueUrl);
    await clients.sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: line('k') }));
    const [message] = await queue.receive({
      maxMessages: 10,
      waitSeconds: 1,
      holdSeconds: 30,
      signal: new AbortController().signal,
    });
    const unknown: QueueMessage = { messageId: 'x', receiptHandle: 'nonsense', body: '', receiveCount: 1 };

    const faults = await queue.delete([unknown, message!]);

    expect(faults.map(({ message: { messageId } }) => messageId)).toEqual(['x']);
    expect(await messagesIn(clients.sqs, queueUrl)).toBe(0);
    expect(message).toMatchObject({ receiveCount: 1, sentAtMs: expect.any(Number) as number });
  });
});
