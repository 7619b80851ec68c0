import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { SendMessageBatchCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, test } from 'vitest';
import { loadConfig } from '../../src/config.js';
import { DEFAULT_POLLER_SETTINGS } from '../../src/ingest/poller/poller-settings.js';
import { runPoller } from '../../src/ingest/poller/run-poller.js';
import { observeQueue } from '../../src/observability/observed-queue.js';
import { composeStarter } from '../../src/starter/compose-starter.js';
import { createSqsMessageQueue } from '../../src/storage/sqs-message-queue.js';
import { startHashObject } from '../../src/temporal/start-hash-object.js';
import { createGate } from '../setup/eventually.js';
import { startOwnStack, type OwnStack } from '../setup/own-stack.js';
import { s3Record } from '../setup/s3-events.js';
import { connectStack, type StackClients } from '../setup/stack-clients.js';

const MESSAGES = Number(process.env['MIDSTATE_DRAIN_MESSAGES'] ?? 1_000);
const REPORT = process.env['MIDSTATE_DRAIN_REPORT'] ?? '/dev/stderr';
const PAIRS = 3;
const SLOW_START_MS = 60_000;

let own: OwnStack;
let clients: StackClients;

beforeAll(async () => {
  own = await startOwnStack();
  clients = await connectStack(own.stack.urls);
});

afterAll(async () => {
  await clients.close();
  await own.stop();
});

function objects() {
  const run = randomUUID();
  return Array.from({ length: MESSAGES }, (_, n) => ({
    bucket: 'bench',
    key: `${run}/${String(n)}`,
    etag: 'e',
    sizeBytes: 1,
  }));
}

/** Starts a second from a loop with as many starts under way as the poller has messages in hand. */
async function bareLoop(): Promise<number> {
  const left = objects().values();
  const startedAt = performance.now();
  const loop = async () => {
    for (const object of left) {
      await startHashObject(clients.temporal, {
        object,
        algorithms: ['sha1'],
        source: { kind: 's3-event', sequencer: '0A' },
        policy: { taskQueuePrefix: 'bench' },
      });
    }
  };
  await Promise.all(Array.from({ length: DEFAULT_POLLER_SETTINGS.maxInHand }, loop));
  return MESSAGES / ((performance.now() - startedAt) / 1_000);
}

/** Messages a second from a full queue to the last delete. */
async function poller(): Promise<number> {
  const { queueUrl } = own.stack.urls;
  const bodies = objects().map((object) => JSON.stringify({ Records: [s3Record(object, '0A')] }));
  for (let at = 0; at < bodies.length; at += 10) {
    const Entries = bodies
      .slice(at, at + 10)
      .map((MessageBody, index) => ({ Id: String(index), MessageBody }));
    await clients.sqs.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
  }
  const stop = new AbortController();
  const config = loadConfig({ taskQueuePrefix: 'bench' });
  const starter = await composeStarter({ config, client: clients.temporal, log: () => undefined });
  let left = MESSAGES;
  const startedAt = performance.now();
  let endedAt = 0;
  await runPoller(
    {
      queue: observeQueue(createSqsMessageQueue(clients.sqs, queueUrl), {
        received: () => undefined,
        failed: () => undefined,
        deleted: (count) => {
          left -= count;
          if (left > 0) return;
          endedAt = performance.now();
          stop.abort();
        },
      }),
      createStartUpload: starter.createStartUpload,
      log: () => undefined,
    },
    stop.signal,
  );
  return MESSAGES / ((endedAt - startedAt) / 1_000);
}

/**
 * The longest that a message waits, in milliseconds from its sending to its start, while a start takes a minute: a
 * message every 300 ms comes after the slow one.
 */
async function headOfLineDelayMs(): Promise<number> {
  const { queueUrl } = own.stack.urls;
  const slow = createGate();
  const sentAtMs = new Map<string, number>();
  const delaysMs: number[] = [];
  const stop = new AbortController();
  const ended = runPoller(
    {
      queue: createSqsMessageQueue(clients.sqs, queueUrl),
      createStartUpload: () => async (upload) => {
        const { key } = upload.object;
        if (key === 'slow') await slow.opened;
        else delaysMs.push(performance.now() - sentAtMs.get(key)!);
        return { upload, kind: 'started', workflowId: key };
      },
      log: () => undefined,
    },
    stop.signal,
  );
  for (let n = 0; n < SLOW_START_MS / 300; n++) {
    const key = n === 0 ? 'slow' : `quick-${String(n)}`;
    sentAtMs.set(key, performance.now());
    const MessageBody = JSON.stringify({ bucket: 'bench', key });
    await clients.sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody }));
    await delay(300);
  }
  slow.open();
  stop.abort();
  await ended;
  return Math.round(Math.max(...delaysMs));
}

const median = (values: number[]) => Math.round([...values].sort((a, b) => a - b)[values.length >> 1] ?? 0);

test('the poller against a bare client loop', { timeout: 600_000 }, async () => {
  const [loops, polls]: [number[], number[]] = [[], []];
  for (let pair = 0; pair < PAIRS; pair++) {
    loops.push(await bareLoop());
    polls.push(await poller());
  }
  const ratios = loops.map((loop, pair) => Math.round((100 * (polls[pair] ?? 0)) / loop) / 100);
  const figures = {
    messages: MESSAGES,
    bareStartsPerSecond: median(loops),
    pollerMessagesPerSecond: median(polls),
    ratios,
    headOfLineDelayMs: await headOfLineDelayMs(),
  };
  writeFileSync(REPORT, JSON.stringify(figures));
});
