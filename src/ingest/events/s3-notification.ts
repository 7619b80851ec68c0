import { z } from 'zod';
import { unquote } from '../../core/etag.js';
import type { MidstateError } from '../../core/failures.js';
import { decodeEventKey } from './decode-event-key.js';
import { badRecord } from './event-faults.js';
import { whyIgnored } from './event-names.js';
import { refused, type IgnoredEvent, type MessageContents, type UploadEvent } from './message-contents.js';

/** Servers that are not AWS's write `""` or `null` where S3 leaves a field out. */
const optionalText = z
  .string()
  .nullish()
  .transform((text) => (text === '' || text === null ? undefined : text));

/**
 * The fields of an S3 event record that midstate uses. Source: "Event message structure" of the Amazon S3 User Guide,
 * versions 2.0 to 2.6; MinIO and Ceph send the same under their own event source.
 */
const RECORD = z.object({
  eventVersion: z.string().optional(),
  eventSource: z.string().regex(/^[a-z]+:s3$/, 'expected aws:s3 (or minio:s3, ceph:s3)'),
  eventName: z.string().min(1),
  eventTime: optionalText,
  s3: z.object({
    bucket: z.object({ name: z.string().min(1) }),
    object: z.object({
      key: z.string().min(1),
      size: z.number().int().nonnegative().optional(),
      eTag: optionalText,
      versionId: optionalText,
      sequencer: optionalText,
    }),
  }),
});

type Record = z.infer<typeof RECORD>;

export const S3_NOTIFICATION = z.object({ Records: z.array(z.unknown()).min(1) });
export const S3_TEST_EVENT = z.object({ Event: z.literal('s3:TestEvent'), Bucket: z.string().optional() });

/** Reads each record on its own: one that cannot be understood takes no other with it. */
export function readS3Notification({ Records }: z.infer<typeof S3_NOTIFICATION>): MessageContents {
  const uploads: UploadEvent[] = [];
  const ignored: IgnoredEvent[] = [];
  const faults: MidstateError[] = [];
  for (const [index, raw] of Records.entries()) {
    const where = `Records[${String(index)}]`;
    const record = RECORD.safeParse(raw);
    if (!record.success) faults.push(badRecord(record.error, where));
    else if (!isKnownVersion(record.data)) faults.push(unknownVersion(record.data, where));
    else
      try {
        const read = readRecord(record.data, where);
        if ('reason' in read) ignored.push(read);
        else uploads.push(read);
      } catch (error) {
        faults.push(error as MidstateError);
      }
  }
  return { form: 's3-notification', uploads, ignored, refused: faults };
}

/** S3 asks consumers to compare the major version: within 2 it only adds. */
function isKnownVersion({ eventVersion = '2.0' }: Record): boolean {
  return /^2\.\d+$/.test(eventVersion);
}

function unknownVersion({ eventVersion }: Record, where: string): MidstateError {
  return refused('unknown-version', `${where}.eventVersion: expected 2.x`, { actual: eventVersion });
}

function readRecord({ eventName, eventTime, s3 }: Record, where: string): UploadEvent | IgnoredEvent {
  const { size, eTag, versionId, sequencer } = s3.object;
  const key = decodeEventKey(s3.object.key, `${where}.s3.object.key`);
  const bucket = s3.bucket.name;
  const reason = whyIgnored(eventName);
  if (reason !== undefined) return { event: eventName, reason, bucket, key };
  return {
    object: {
      bucket,
      key,
      ...(versionId === undefined ? {} : { versionId }),
      ...(eTag === undefined ? {} : { etag: unquote(eTag) }),
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
