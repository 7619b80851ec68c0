import { randomUUID } from 'node:crypto';
import { CreateQueueCommand, GetQueueAttributesCommand, SendMessageBatchCommand } from '@aws-sdk/client-sqs';
import type { SQSEvent } from 'aws-lambda';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { InvocationReport } from '../../sam/local/execution-environment.js';
import { QueueSource } from '../../sam/local/queue-source.js';
import { eventually } from '../setup/eventually.js';
import { connectStack, type StackClients } from '../setup/stack-clients.js';
import { theStack } from '../setup/the-stack.js';

const QUEUE_ARN = 'arn:aws:sqs:us-east-1:000000000000:events';

let clients: StackClients;
let queueUrl: string;
let source: QueueSource | undefined;
let invocations: SQSEvent['Records'][];

beforeEach(async () => {
  clients = await connectStack(theStack().urls);
  const { QueueUrl = '' } = await clients.sqs.send(
    new CreateQueueCommand({ QueueName: `source-${randomUUID()}`, Attributes: { VisibilityTimeout: '1' } }),
  );
  queueUrl = QueueUrl;
  invocations = [];
});

afterEach(async () => {
  await source?.stop();
  source = undefined;
  await clients.close();
});

/** Reads the queue for a function that answers so. */
function startSource(answer: (records: SQSEvent['Records']) => Partial<InvocationReport>): void {
  source = new QueueSource({
    sqs: clients.sqs,
    queueUrl,
    queueArn: QUEUE_ARN,
    batchSize: 10,
    invoke: ({ Records }) => {
      invocations.push(Records);
      const report = { requestId: 'request', payload: undefined, durationMs: 1, peakBytes: 1 };
      return Promise.resolve({ ...report, outcome: 'ok', ...answer(Records) });
    },
    onReport: () => undefined,
    onError: (error) => {
      throw error;
    },
  });
  source.start();
}

async function send(...bodies: string[]): Promise<void> {
  const Entries = bodies.map((body, index) => ({ Id: String(index), MessageBody: body }));
  await clients.sqs.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
}

/** Messages that wait, or are hidden. */
async function messagesLeft(): Promise<number> {
  const { Attributes = {} } = await clients.sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['All'] }),
  );
  const { ApproximateNumberOfMessages: visible, ApproximateNumberOfMessagesNotVisible: hidden } = Attributes;
  return Number(visible) + Number(hidden);
}

function bodiesOf(records: SQSEvent['Records']): string[] {
  return records.map(({ body }) => body);
}

test('deletes what was not reported as failed; what was comes again, and its count says so', async () => {
  startSource((records) => {
    const failed = records.filter(
      ({ body, attributes }) => body === 'late' && attributes.ApproximateReceiveCount === '1',
    );
    const batchItemFailures = failed.map(({ messageId }) => ({ itemIdentifier: messageId }));
    return { payload: JSON.stringify({ batchItemFailures }) };
  });

  await send('one', 'late', 'two');
  await eventually(async () => (await messagesLeft()) === 0, { what: 'an empty queue' });

  const seen = invocations.flat();
  expect(bodiesOf(seen).toSorted()).toEqual(['late', 'late', 'one', 'two']);
  expect(seen.filter(({ body }) => body === 'late').at(-1)?.attributes.ApproximateReceiveCount).toBe('2');
  expect(seen.map(({ eventSourceARN }) => eventSourceARN)).toEqual(seen.map(() => QUEUE_ARN));
});

test('deletes nothing of a batch whose invocation failed: all of it comes again', async () => {
  let calls = 0;
  startSource(() => (++calls === 1 ? { outcome: 'timed-out' } : { payload: '{"batchItemFailures":[]}' }));

  await send('one', 'two');
  await eventually(async () => (await messagesLeft()) === 0, { what: 'an empty queue' });

  const [first = []] = invocations;
  expect(first.length).toBeGreaterThan(0);
  expect(bodiesOf(invocations.slice(1).flat()).toSorted()).toEqual(['one', 'two']);
  expect(bodiesOf(invocations.slice(1).flat())).toEqual(expect.arrayContaining(bodiesOf(first)));
});

test('an empty answer is taken as every message done with', async () => {
  startSource(() => ({ payload: undefined }));

  await send('one');
  await eventually(async () => (await messagesLeft()) === 0, { what: 'an empty queue' });

  expect(bodiesOf(invocations.flat())).toEqual(['one']);
});
