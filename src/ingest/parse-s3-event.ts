import { z } from 'zod';
import type { HashObjectInput, Source } from '../core/contracts.js';
import { MidstateError } from '../core/failures.js';

/** An upload, as its event tells it. */
export interface UploadEvent {
  readonly object: HashObjectInput['object'];
  readonly source: Source;
}

/** What a message body says. */
export interface ParsedMessage {
  readonly uploads: readonly UploadEvent[];
  /** What was left out, and why: test events, removals, tagging. */
  readonly ignored: readonly string[];
}

/**
 * The fields of an S3 event record that midstate uses. Source: "Event message structure" of the Amazon S3 User Guide,
 * versions 2.1 to 2.6.
 */
const RECORD = z.object({
  eventSource: z.literal('aws:s3'),
  eventName: z.string(),
  eventTime: z.string().optional(),
  s3: z.object({
    bucket: z.object({ name: z.string().min(1) }),
    object: z.object({
      key: z.string().min(1),
      size: z.number().int().nonnegative().optional(),
      eTag: z.string().min(1).optional(),
      versionId: z.string().min(1).nullish(),
      sequencer: z.string().optional(),
    }),
  }),
});

const MESSAGE = z.object({ Records: z.array(RECORD).min(1) });
const TEST_EVENT = z.object({ Event: z.literal('s3:TestEvent') });

/**
 * Parses the body of a queue message that S3 sent: each upload among its records.
 * @throws MidstateError InvalidInput when the body is no S3 event: expected, got, where
 */
export function parseS3Event(body: string): ParsedMessage {
  const json = parseJson(body);
  if (TEST_EVENT.safeParse(json).success) return { uploads: [], ignored: ['s3:TestEvent'] };
  const message = MESSAGE.safeParse(json);
  if (!message.success) throw notAnEvent(z.prettifyError(message.error).replace(/\s+/g, ' '));
  const uploads: UploadEvent[] = [];
  const ignored: string[] = [];
  for (const record of message.data.Records) {
    if (/^(s3:)?ObjectCreated:/.test(record.eventName)) uploads.push(uploadOf(record));
    else ignored.push(record.eventName);
  }
  return { uploads, ignored };
}

function uploadOf({ eventName, eventTime, s3 }: z.infer<typeof RECORD>): UploadEvent {
  const { key, size, eTag, versionId, sequencer } = s3.object;
  return {
    object: {
      bucket: s3.bucket.name,
      key: decodeKey(key),
      ...(typeof versionId === 'string' ? { versionId } : {}),
      ...(eTag === undefined ? {} : { etag: eTag.replace(/^"|"$/g, '') }),
      ...(size === undefined ? {} : { sizeBytes: size }),
    },
    source: {
      kind: 's3-event',
      eventName,
      ...(sequencer === undefined ? {} : { sequencer }),
      ...(eventTime === undefined ? {} : { eventTime }),
    },
  };
}

/** S3 encodes keys in events as HTML forms do: a space is `+`, everything else percent-encoded UTF-8. */
function decodeKey(encoded: string): string {
  try {
    return decodeURIComponent(encoded.replaceAll('+', ' '));
  } catch (cause) {
    throw new MidstateError('InvalidInput', 'message: its key is not URL-encoded as S3 encodes keys', {
      facts: { actual: encoded },
      cause,
    });
  }
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw notAnEvent('it is not JSON');
  }
}

function notAnEvent(reason: string): MidstateError {
  return new MidstateError('InvalidInput', `message: expected an S3 event notification, but ${reason}`);
}
