import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { messageBody } from '../../sam/local/event-forms.js';
import { queueEvent } from '../../sam/local/queue-event.js';
import { samPutEvent, samQueueEvent } from '../../sam/local/sam-events.js';
import type { HashObjectResult, ObjectRef } from '../../src/core/contracts.js';
import { DEFAULT_LOSS_BOUND_SECONDS } from '../../src/core/loss-bound.js';
import { startHashObject } from '../../src/temporal/start-hash-object.js';
import { eventually } from '../setup/eventually.js';
import { LambdaStage } from '../setup/lambda-stage.js';
import { RunningCommand, userEnvironment } from '../setup/midstate-cli.js';
import { locateSamTool } from '../setup/sam-tools.js';
import { freshBytes, opensslDigest, putObject } from '../setup/stack-clients.js';
import { theStack } from '../setup/the-stack.js';

/** Three seconds of it are work, the rest is the time to hand over. */
const TIMEOUT_SECONDS = 10;
const BYTES_PER_SECOND = 40_000_000;
const QUEUE_ARN = 'arn:aws:sqs:us-east-1:000000000000:midstate';
const sam = locateSamTool('sam');

let stage: LambdaStage;

beforeAll(async () => {
  stage = await LambdaStage.open({
    workerTimeoutSeconds: TIMEOUT_SECONDS,
    bytesPerSecond: BYTES_PER_SECOND,
    variables: { MIDSTATE_ENGINE: 'portable', MIDSTATE_REMEMBER: 'tags' },
  });
});

afterAll(async () => {
  await stage.close();
});

interface Uploaded {
  readonly object: ObjectRef;
  readonly sha1: string;
}

async function upload(sizeBytes: number): Promise<Uploaded> {
  const body = freshBytes(sizeBytes);
  const object = await putObject(stage.clients.s3, stage.bucket, randomUUID(), body);
  return { object, sha1: opensslDigest('sha1', body) };
}

async function startJob({ object }: Uploaded, rangeSizeBytes?: number) {
  const { workflowId } = await startHashObject(stage.clients.temporal, {
    object,
    algorithms: ['sha1'],
    source: { kind: 'submit' },
    policy: {
      taskQueuePrefix: stage.taskQueuePrefix,
      servedMemoryClassesMB: [128],
      ...(rangeSizeBytes === undefined ? {} : { rangeSizeBytes }),
    },
  });
  return stage.clients.temporal.workflow.getHandle(workflowId);
}

describe('the starter function', () => {
  test.each<[string, 'own' | 'sam']>([
    ['our own generator', 'own'],
    ...(sam === undefined ? [] : [['sam local generate-event', 'sam'] as [string, 'sam']]),
  ])('starts the job of an upload whose event %s has made', async (_title, generator) => {
    const uploaded = await upload(1_000);
    const event =
      generator === 'own'
        ? queueEvent([messageBody('s3-put', uploaded.object, 'us-east-1')], QUEUE_ARN)
        : samQueueEvent(sam!, JSON.stringify(samPutEvent(sam!, uploaded.object, 'us-east-1')), QUEUE_ARN);

    const { outcome, payload } = await stage.function('starter').local.invoke(event);

    expect({ outcome, payload }, stage.log()).toEqual({ outcome: 'ok', payload: '{"batchItemFailures":[]}' });
    expect(stage.log()).toContain(`"key":"${uploaded.object.key}"`);
  });

  test('finds the job of a line that names no version, and does not start again what has been hashed', async () => {
    const { object } = await upload(1_000);
    const event = queueEvent([messageBody('s3-put', object, 'us-east-1')], QUEUE_ARN);
    const line = queueEvent([messageBody('line', object, 'us-east-1')], QUEUE_ARN);
    const starter = stage.function('starter').local;
    const logged = () => jobsLogged(object.key);

    await starter.invoke(event);
    const [{ workflowId }] = logged() as [LoggedJob];
    const job = stage.clients.temporal.workflow.getHandle(workflowId);
    await untilListed(workflowId);
    await starter.invoke(line);
    await stage.function('worker-128').local.invoke({});
    await job.result();
    const again = await starter.invoke(event);

    expect(again.payload, stage.log()).toBe('{"batchItemFailures":[]}');
    expect(logged(), stage.log()).toMatchObject([
      { message: 'job started', workflowId },
      { message: 'job started', workflowId },
      { message: 'already hashed', workflowId },
    ]);
  });
});

describe('the worker functions', () => {
  test('an object goes on through a deadline, a freeze and a kill, and no more than the loss bound is read twice', async () => {
    const size = 160_000_000;
    const uploaded = await upload(size);
    const bytesRead = countFromNow();
    const job = await startJob(uploaded);
    const worker = stage.function('worker-128').local;

    const handedOn = await worker.invoke({});
    const readInTime = bytesRead();
    const [environment] = worker.environments;
    await eventually(() => stateOf(environment!.pid!) === 'T', { what: 'it is frozen', intervalMs: 5 });
    const killed = worker.invoke({});
    await eventually(() => bytesRead() > readInTime + 20_000_000, { what: 'more is read', intervalMs: 5 });
    await environment!.kill();
    stage.startInvoker();
    const { digests, stats } = (await job.result()) as HashObjectResult;
    await stage.stopInvoker();

    expect(handedOn.outcome, stage.log()).toBe('ok');
    expect(handedOn.durationMs).toBeLessThan(TIMEOUT_SECONDS * 1_000);
    expect((await killed).outcome).toBe('exited');
    expect(digests).toEqual({ sha1: uploaded.sha1 });
    expect(stats).toMatchObject({ lostAttempts: 1 });
    expect(bytesRead() - size).toBeGreaterThanOrEqual(0);
    expect(bytesRead() - size).toBeLessThanOrEqual(DEFAULT_LOSS_BOUND_SECONDS * BYTES_PER_SECOND);
  });

  test('a function with the portable engine and a long-lived worker with the native one hash one object together', async () => {
    const rangeSizeBytes = 20_000_000;
    const uploaded = await upload(9 * rangeSizeBytes);
    const job = await startJob(uploaded, rangeSizeBytes);

    await stage.function('worker-128').local.invoke({});
    const worker = new RunningCommand(
      ['worker', '--memory-class', '128'],
      userEnvironment({ MIDSTATE_TASK_QUEUE_PREFIX: stage.taskQueuePrefix, MIDSTATE_ENGINE: 'native' }),
      join(theStack().scratchDir, 'lambda-long-lived.log'),
    );
    const { digests, stats } = (await job.result()) as HashObjectResult;
    await worker.stop();

    const identities = await identitiesOf(job.workflowId);
    expect(digests).toEqual({ sha1: uploaded.sha1 });
    expect(stats).toMatchObject({ bytesReadTwice: 0, ranges: 9 });
    expect(identities.filter((identity) => identity.includes('arn:aws:lambda')).length).toBeGreaterThan(0);
    expect(identities.filter((identity) => identity.includes('-128@')).length).toBeGreaterThan(0);
  });
});

interface LoggedJob {
  readonly message: string;
  readonly workflowId: string;
}

/** What the starter wrote of the jobs of an object, in order. */
function jobsLogged(key: string): LoggedJob[] {
  return stage
    .log()
    .split('\n')
    .filter((line) => line.startsWith('starter {') && line.includes(key))
    .map((line) => JSON.parse(line.slice('starter '.length)) as LoggedJob);
}

/** The server lists a job a moment after its start. */
async function untilListed(workflowId: string): Promise<void> {
  const { workflow } = stage.clients.temporal;
  await eventually(async () => (await workflow.count(`WorkflowId="${workflowId}"`)).count === 1, {
    what: 'the job is listed',
  });
}

/** What is read from S3 by functions from now on. */
function countFromNow(): () => number {
  const before = stage.bytesRead();
  return () => stage.bytesRead() - before;
}

/** The kernel's letter for what a process does; T: it is stopped. */
function stateOf(pid: number): string | undefined {
  return /^State:\s*(\w)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
}

/** Who completed the ranges of a job. */
async function identitiesOf(workflowId: string): Promise<string[]> {
  const { events } = await stage.clients.temporal.workflow.getHandle(workflowId).fetchHistory();
  return (events ?? []).flatMap((event) => event.activityTaskCompletedEventAttributes?.identity ?? []);
}
