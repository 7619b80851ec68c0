import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SetQueueAttributesCommand,
} from '@aws-sdk/client-sqs';
import type { ObjectRef } from '../../../src/core/contracts.js';
import type { LocalStack } from '../../../src/local/stack-options.js';
import { eventually } from '../../setup/eventually.js';
import { messagesIn } from '../../setup/jobs.js';
import { RunningCommand } from '../../setup/midstate-cli.js';
import { connectStack, ensureBucket, putObject, type StackClients } from '../../setup/stack-clients.js';
import { objectsFor, planDrain, type DrainPlan } from './drain-messages.js';

export interface DrainOptions {
  readonly stack: LocalStack;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly scratchDir: string;
  readonly messages: number;
  /** SIGKILLs of the poller, at random moments of the drain. */
  readonly kills: number;
  /** Kills of the Temporal server, spread over the drain. */
  readonly restarts: number;
  readonly report: (line: string) => void;
}

export interface DrainFigures {
  readonly messages: number;
  readonly versions: number;
  readonly poison: number;
  readonly kills: number;
  readonly restarts: number;
  /** From the first poller's start to the empty queue, the kills and restarts included. */
  readonly seconds: number;
  readonly messagesPerSecond: number;
  /** Peak of the resident memory of all pollers, in MB. */
  readonly peakMemoryMB: number;
}

export interface DrainOutcome {
  readonly figures: DrainFigures;
  readonly plan: DrainPlan;
  /** How many jobs each key got. */
  readonly jobs: ReadonlyMap<string, number>;
  readonly deadLetters: readonly { readonly body: string; readonly reason: string | undefined }[];
  readonly leftInQueue: number;
}

/** Visibility timeout of the drain's queue: what a killed poller held comes back so soon. */
const HOLD_SECONDS = 5;

/**
 * Uploads small objects, fills the queue, and drains it with a poller that is killed and a Temporal server that is
 * killed. No workers run: what is looked at is that each version is started, and started once.
 */
export async function runDrain(options: DrainOptions): Promise<DrainOutcome> {
  const { stack, report } = options;
  const clients = await connectStack(stack.urls);
  try {
    await clients.sqs.send(
      new SetQueueAttributesCommand({
        QueueUrl: stack.urls.queueUrl,
        Attributes: { VisibilityTimeout: String(HOLD_SECONDS) },
      }),
    );
    const objects = await uploadAll(clients, objectsFor(options.messages));
    const plan = planDrain(options.messages, objects, Math.random);
    await sendAll(clients, stack.urls.queueUrl, plan);
    report(`${String(plan.messages.length)} messages for ${String(objects.length)} objects are in the queue`);
    const { seconds, peakMemoryMB } = await drain(options, clients);
    const jobs = await countJobs(clients, objects[0]?.bucket ?? '');
    const deadLetters = await readAll(clients, stack.urls.dlqUrl);
    return {
      plan,
      jobs,
      deadLetters,
      leftInQueue: await messagesIn(clients.sqs, stack.urls.queueUrl),
      figures: {
        messages: plan.messages.length,
        versions: objects.length,
        poison: plan.poison.length,
        kills: options.kills,
        restarts: options.restarts,
        seconds: Math.round(seconds * 10) / 10,
        messagesPerSecond: Math.round(plan.messages.length / seconds),
        peakMemoryMB,
      },
    };
  } finally {
    await clients.close();
  }
}

async function uploadAll(clients: StackClients, count: number): Promise<ObjectRef[]> {
  const bucket = 'drain';
  await ensureBucket(clients.s3, bucket);
  const run = randomUUID().slice(0, 8);
  const objects: ObjectRef[] = [];
  const keys = Array.from({ length: count }, (_, n) => `${run}/a+b ${String(n % 100)}/${String(n)}%.bin`);
  await atOnce(16, keys, async (key) => {
    objects.push(await putObject(clients.s3, bucket, key, key));
  });
  return objects;
}

async function sendAll(clients: StackClients, queueUrl: string, { messages }: DrainPlan): Promise<void> {
  const batches = Array.from({ length: Math.ceil(messages.length / 10) }, (_, n) =>
    messages.slice(n * 10, n * 10 + 10),
  );
  await atOnce(8, batches, async (batch) => {
    const Entries = batch.map(({ body }, index) => ({ Id: String(index), MessageBody: body }));
    const { Failed } = await clients.sqs.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
    if ((Failed?.length ?? 0) > 0) throw new Error('the queue did not take a message');
  });
}

async function drain(
  options: DrainOptions,
  clients: StackClients,
): Promise<{ seconds: number; peakMemoryMB: number }> {
  const { stack, env, scratchDir, messages, report } = options;
  const remaining = () => messagesIn(clients.sqs, stack.urls.queueUrl);
  const startPoller = () => {
    const logFile = join(scratchDir, `drain-poller-${randomUUID()}.log`);
    return new RunningCommand(['poller'], env, logFile);
  };
  const blows = planBlows(options);
  const startedAt = performance.now();
  let poller = startPoller();
  let peakKB = 0;
  await eventually(
    async () => {
      peakKB = Math.max(peakKB, peakMemoryKB(poller.pid));
      const left = await remaining();
      const blow = blows[0];
      if (blow !== undefined && left <= blow.atRemaining) {
        blows.shift();
        report(`${blow.kind} with ${String(left)} messages left`);
        if (blow.kind === 'poller killed') {
          poller.signal('SIGKILL');
          await poller.exited;
          poller = startPoller();
        } else {
          await stack.killServer('temporal');
          await stack.restartServer('temporal');
        }
      }
      if (!poller.isRunning) throw new Error(`the poller ended by itself: ${poller.log().slice(-2_000)}`);
      return left === 0 && blows.length === 0;
    },
    { what: 'an empty queue', intervalMs: 20, timeoutMs: 120_000 + messages * 100 },
  );
  const seconds = (performance.now() - startedAt) / 1_000;
  await poller.stop();
  return { seconds, peakMemoryMB: Math.round(peakKB / 1_024) };
}

interface Blow {
  readonly kind: 'poller killed' | 'Temporal killed';
  /** Struck as soon as no more messages than this are left. */
  readonly atRemaining: number;
}

/** Random moments for the poller, a half and thirds of the way for the server. */
function planBlows({ messages, kills, restarts }: DrainOptions): Blow[] {
  const poller = Array.from({ length: kills }, (): Blow => ({
    kind: 'poller killed',
    atRemaining: Math.floor(messages * (0.03 + 0.95 * Math.random())),
  }));
  const server = Array.from({ length: restarts }, (_, n): Blow => ({
    kind: 'Temporal killed',
    atRemaining: Math.floor((messages * (n + 1)) / (restarts + 1)),
  }));
  return [...poller, ...server].sort((a, b) => b.atRemaining - a.atRemaining);
}

/** The most that a process ever had resident, as Linux keeps it; 0 when it is gone. */
function peakMemoryKB(pid: number | undefined): number {
  try {
    const status = readFileSync(`/proc/${String(pid)}/status`, 'utf8');
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0);
  } catch {
    return 0;
  }
}

async function countJobs({ temporal }: StackClients, bucket: string): Promise<Map<string, number>> {
  const jobs = new Map<string, number>();
  for await (const { memo } of temporal.workflow.list({ query: `S3Bucket = "${bucket}"`, pageSize: 1_000 })) {
    const key = String(memo?.['key']);
    jobs.set(key, (jobs.get(key) ?? 0) + 1);
  }
  return jobs;
}

async function readAll(
  { sqs }: StackClients,
  queueUrl: string,
): Promise<DrainOutcome['deadLetters'][number][]> {
  const read = [];
  for (;;) {
    const { Messages } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: queueUrl,
        MaxNumberOfMessages: 10,
        VisibilityTimeout: 600,
        MessageAttributeNames: ['All'],
      }),
    );
    if ((Messages ?? []).length === 0) return read;
    for (const { Body = '', MessageAttributes } of Messages ?? [])
      read.push({ body: Body, reason: MessageAttributes?.['MidstateReason']?.StringValue });
  }
}

/** Runs `work` for each item, so many at once. */
async function atOnce<T>(
  count: number,
  items: readonly T[],
  work: (item: T) => Promise<void>,
): Promise<void> {
  const left = items.values();
  const worker = async () => {
    for (const item of left) await work(item);
  };
  await Promise.all(Array.from({ length: count }, worker));
}
