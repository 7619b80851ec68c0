import { readFileSync } from 'node:fs';
import type { SQSEvent, SQSRecord } from 'aws-lambda';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { MidstateError } from '../../src/core/failures.js';
import type { StartUpload } from '../../src/ingest/start-upload.js';
import { createStarterHandler } from '../../src/lambda/create-starter-handler.js';
import { FakeMessageQueue } from '../fakes/fake-message-queue.js';
import { eventBody } from './poller-bench.js';

const FILE = new URL('../fixtures/events/lambda-sqs.json', import.meta.url);
const { message } = JSON.parse(readFileSync(FILE, 'utf8')) as { message: SQSEvent };
const [RECORD] = message.Records as [SQSRecord];

let queue: FakeMessageQueue;
let queueOf: ReturnType<typeof vi.fn<(arn: string) => Promise<FakeMessageQueue>>>;
let log: ReturnType<typeof vi.fn<(event: string, facts: Record<string, unknown>) => void>>;
/** By key: how often its start fails, and how. */
let failures: Map<string, { times: number; error: Error }>;
let started: string[];

beforeEach(() => {
  queue = new FakeMessageQueue();
  queueOf = vi.fn(() => Promise.resolve(queue));
  log = vi.fn();
  failures = new Map();
  started = [];
});

function record(messageId: string, body: string, changes: Partial<SQSRecord> = {}): SQSRecord {
  return { ...RECORD, messageId, receiptHandle: `receipt-${messageId}`, body, ...changes };
}

function fifo(messageId: string, body: string, MessageGroupId: string): SQSRecord {
  const eventSourceARN = `${RECORD.eventSourceARN}.fifo`;
  return record(messageId, body, { eventSourceARN, attributes: { ...RECORD.attributes, MessageGroupId } });
}

/** Keys whose messages the answer reports. */
async function invoke(records: SQSRecord[], remainingMs = 30_000): Promise<string[]> {
  const start = (key: string) => {
    const failure = failures.get(key);
    if (failure !== undefined && failure.times-- > 0) return Promise.reject(failure.error);
    started.push(key);
    return Promise.resolve();
  };
  const handler = createStarterHandler({
    queueOf,
    log,
    pauseMs: 1,
    createStartUpload:
      (throughGate): StartUpload =>
      async (upload) => {
        await throughGate(() => start(upload.object.key));
        return { upload, kind: 'started', workflowId: upload.object.key };
      },
  });
  const answer = await handler({ Records: records }, { getRemainingTimeInMillis: () => remainingMs });
  return answer.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
}

describe('the poller as a Lambda function', () => {
  test('reports nothing when every start was acknowledged', async () => {
    const reported = await invoke([record('m1', eventBody('k1', 'k2')), record('m2', eventBody('k3'))]);

    expect(reported).toEqual([]);
    expect(started.sort()).toEqual(['k1', 'k2', 'k3']);
    expect(queueOf).not.toHaveBeenCalled();
  });

  test('reports the message that failed by a fault outside, and that alone, hidden for longer each time', async () => {
    failures.set('k2', { times: 9, error: new Error('PERMISSION_DENIED') });
    const attributes = { ...RECORD.attributes, ApproximateReceiveCount: '3' };

    const reported = await invoke([
      record('m1', eventBody('k1')),
      record('m2', eventBody('k2'), { attributes }),
      record('m3', eventBody('k3')),
    ]);

    expect(reported).toEqual(['m2']);
    expect(queue.hidden).toEqual([['m2', expect.any(Number)]]);
    expect(queue.hidden[0]![1]).toBeGreaterThanOrEqual(48);
    expect(queueOf).toHaveBeenCalledExactlyOnceWith('arn:aws:sqs:us-east-2:123456789012:my-queue');
  });

  test('sends what it cannot understand to the dead-letter queue, and does not report it', async () => {
    const reported = await invoke([record('m1', 'not json'), record('m2', eventBody('k2'))]);

    expect(reported).toEqual([]);
    expect(queue.givenUp).toMatchObject([['m1', { reason: 'not-json' }]]);
    expect(started).toEqual(['k2']);
  });

  test('reports what it cannot understand where it has no dead-letter queue', async () => {
    queue.fail('giveUp', new MidstateError('QueueNotFound', 'none'));

    expect(await invoke([record('m1', 'not json')])).toEqual(['m1']);
    expect(log).toHaveBeenCalledWith(
      'message not understood, left to the queue’s redrive policy',
      expect.objectContaining({ messageId: 'm1', reason: 'not-json', error: 'none' }),
    );
  });

  test('tries a start that Temporal does not take again', async () => {
    failures.set('k1', { times: 3, error: new MidstateError('TemporalUnavailable', 'no answer') });

    expect(await invoke([record('m1', eventBody('k1'))])).toEqual([]);
    expect(started).toEqual(['k1']);
  });

  test('but not beyond the time that it has', async () => {
    failures.set('k1', { times: Infinity, error: new MidstateError('TemporalUnavailable', 'no answer') });

    expect(await invoke([record('m1', eventBody('k1'))], 3_050)).toEqual(['m1']);
  });

  test('reports it although it could not be hidden', async () => {
    failures.set('k1', { times: 9, error: new Error('PERMISSION_DENIED') });
    queueOf.mockRejectedValue(new MidstateError('AccessDenied', 'no'));

    expect(await invoke([record('m1', eventBody('k1'))])).toEqual(['m1']);
  });

  test('of a FIFO queue reports what follows a failed message of its group, unstarted', async () => {
    failures.set('a1', { times: 9, error: new Error('PERMISSION_DENIED') });

    const reported = await invoke([
      fifo('a1', eventBody('a1'), 'a'),
      fifo('b1', eventBody('b1'), 'b'),
      fifo('a2', eventBody('a2'), 'a'),
    ]);

    expect(reported).toEqual(['a1', 'a2']);
    expect(started).toEqual(['b1']);
  });

  test('takes an event as Lambda hands it over', async () => {
    expect(await invoke(message.Records)).toEqual([]);
    expect(queue.givenUp.map(([id]) => id)).toEqual(message.Records.map(({ messageId }) => messageId));
  });
});
