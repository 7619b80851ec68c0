import { existsSync, readFileSync } from 'node:fs';
import type { Config } from '../../src/config.js';
import { MidstateError } from '../../src/core/failures.js';
import type { ObjectRef } from '../../src/core/contracts.js';
import { createObjectInquiries } from '../../src/storage/object-inquiries.js';
import { EVENT_FORMS, messageBody, type EventForm } from './event-forms.js';
import { queueEvent } from './queue-event.js';
import { samPutEvent, samQueueEvent } from './sam-events.js';

export interface EventOptions {
  /** A form, or a file with the event as the function is to get it. */
  readonly event: string;
  readonly bucket: string;
  readonly key?: string;
  /** Path of AWS's tool: it makes the envelope, and the form `s3-put`. */
  readonly sam?: string | undefined;
}

const LOCAL_QUEUE_ARN = 'arn:aws:sqs:us-east-1:000000000000:midstate';

/**
 * The event for the starter: of a file, or made for an object that is there.
 * @throws MidstateError InvalidInput for an unknown form, or one without a key; ObjectGone
 */
export async function eventForStarter(config: Config, options: EventOptions): Promise<unknown> {
  const { event, bucket, key, sam } = options;
  const form = EVENT_FORMS.find((name) => name === event);
  if (form === undefined) {
    if (existsSync(event)) return JSON.parse(readFileSync(event, 'utf8')) as unknown;
    throw new MidstateError('InvalidInput', 'sam invoke: there is no such event; give a form, or a file', {
      facts: { expected: EVENT_FORMS.join(', '), actual: event },
    });
  }
  const queueArn = queueArnOf(config.queueUrl, config.aws.region);
  const region = config.aws.region ?? 'us-east-1';
  const object = await objectOf(config, form, bucket, key);
  if (sam === undefined) return queueEvent([messageBody(form, object, region)], queueArn);
  const body =
    form === 's3-put' ? JSON.stringify(samPutEvent(sam, object, region)) : messageBody(form, object, region);
  return samQueueEvent(sam, body, queueArn);
}

async function objectOf(
  config: Config,
  form: EventForm,
  bucket: string,
  key: string | undefined,
): Promise<ObjectRef> {
  if (form === 's3-test') return { bucket, key: '', etag: '', sizeBytes: 0 };
  if (key === undefined)
    throw new MidstateError(
      'InvalidInput',
      `sam invoke: the event ${form} is about an object: name it with --key`,
    );
  const { object } = await createObjectInquiries(config.aws).describe({ bucket, key });
  return object;
}

/** A queue's URL ends with account and name. */
function queueArnOf(queueUrl: string | undefined, region = 'us-east-1'): string {
  if (queueUrl === undefined) return LOCAL_QUEUE_ARN;
  const [account = '', name = ''] = new URL(queueUrl).pathname.split('/').slice(-2);
  return `arn:aws:sqs:${region}:${account}:${name}`;
}
