import { z } from 'zod';
import type { MidstateError } from '../../core/failures.js';
import { EVENT_BRIDGE, readEventBridge } from './event-bridge.js';
import { faultsIn } from './event-faults.js';
import { refused, type MessageContents } from './message-contents.js';
import { isObjectLine, readObjectLines } from './object-lines.js';
import { readS3Batch, S3_BATCH } from './s3-batch.js';
import { readS3Notification, S3_NOTIFICATION, S3_TEST_EVENT } from './s3-notification.js';

/** Source: "Fanout to Amazon SQS queues" of the Amazon SNS Developer Guide (SendMessageToSQS). */
const SNS_ENVELOPE = z.object({ Type: z.string(), TopicArn: z.string(), Message: z.string() });

/**
 * Parses a message body: an S3 notification, an event of EventBridge, an S3 Batch invocation, or hand-made
 * `{"bucket":…,"key":…}` lines; each also inside an envelope of SNS.
 *
 * @throws MidstateError InvalidInput when the body as a whole is none of these: `refusalOf` tells the kind of fault
 */
export function parseMessage(body: string): MessageContents {
  const text = body.replace(/^\uFEFF/, '');
  const json = tryJson(text);
  if (json === undefined) return parseLines(text);
  const envelope = SNS_ENVELOPE.safeParse(json);
  if (!envelope.success) return readForm(json);
  const { Type, TopicArn, Message } = envelope.data;
  if (Type !== 'Notification') throw notANotification(Type, TopicArn);
  const inner = tryJson(Message);
  if (inner === undefined) return { ...parseLines(Message), viaSns: true };
  return { ...readForm(inner), viaSns: true };
}

function readForm(json: unknown): MessageContents {
  if (Array.isArray(json)) {
    if (json.length > 0 && json.every(isObjectLine))
      return readObjectLines(json, (index) => `[${String(index)}]`);
    throw unknownForm('a list whose entries are not all {"bucket":…,"key":…}');
  }
  if (typeof json !== 'object' || json === null)
    throw unknownForm(`a ${json === null ? 'null' : typeof json}`);
  const testEvent = S3_TEST_EVENT.safeParse(json);
  if (testEvent.success) return testContents(testEvent.data.Bucket);
  if ('Records' in json) return read(S3_NOTIFICATION, json, readS3Notification);
  if ('detail-type' in json) return read(EVENT_BRIDGE, json, readEventBridge);
  if ('invocationSchemaVersion' in json) return read(S3_BATCH, json, readS3Batch);
  if (isObjectLine(json)) return readObjectLines([json], () => '');
  throw unknownForm(`an object with ${describeFields(json)}`);
}

function read<T>(schema: z.ZodType<T>, json: unknown, reader: (data: T) => MessageContents): MessageContents {
  const parsed = schema.safeParse(json);
  if (!parsed.success) throw refused('bad-record', faultsIn(parsed.error));
  return reader(parsed.data);
}

/** JSON lines, blank ones left out. A body that is not JSON at its first line is not JSON at all. */
function parseLines(text: string): MessageContents {
  const lines = [...text.split('\n').entries()].filter(([, line]) => line.trim() !== '');
  const values = lines.map(([, line]) => tryJson(line));
  if (values[0] === undefined) throw refused('not-json', 'it is not JSON');
  return readObjectLines(values, (index) => `line ${String((lines[index]?.[0] ?? 0) + 1)}`);
}

function testContents(bucket: string | undefined): MessageContents {
  const event = { event: 's3:TestEvent', reason: 'S3 tries out a new notification' };
  return {
    form: 's3-test',
    uploads: [],
    ignored: [bucket === undefined ? event : { ...event, bucket }],
    refused: [],
  };
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function unknownForm(what: string): MidstateError {
  return refused(
    'unknown-form',
    `it is ${what}: expected an S3 notification (Records), an event of EventBridge (detail-type), an S3 Batch ` +
      'invocation (invocationSchemaVersion), or {"bucket":…,"key":…} lines',
  );
}

function describeFields(json: object): string {
  const names = Object.keys(json);
  if (names.length === 0) return 'no fields';
  return `the fields ${names.slice(0, 5).join(', ')}${names.length > 5 ? ', …' : ''}`;
}

function notANotification(type: string, topic: string): MidstateError {
  if (type === 'SubscriptionConfirmation') {
    return refused(
      'sns-confirmation',
      'SNS asks for the subscription to be confirmed: open the SubscribeURL in its body',
      { topic },
    );
  }
  return refused('unknown-form', 'an envelope of SNS that is no Notification', { actual: type, topic });
}
