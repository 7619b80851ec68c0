import { z } from 'zod';
import { unquote } from '../../core/etag.js';
import { badRecord } from './event-faults.js';
import { refused, type IgnoredEvent, type MessageContents, type UploadEvent } from './message-contents.js';

/** What every event of EventBridge has; enough to tell that it is one. */
export const EVENT_BRIDGE = z.object({
  source: z.string(),
  'detail-type': z.string(),
  detail: z.unknown(),
  time: z.string().optional(),
});

/**
 * Source: "EventBridge event message structure" of the Amazon S3 User Guide (ev-events). Unlike in notifications the
 * key is not URL-encoded: it is taken as it stands.
 */
const DETAIL = z.object({
  'event-version': z.string().optional(),
  bucket: z.object({ name: z.string().min(1) }),
  object: z.object({
    key: z.string().min(1),
    size: z.number().int().nonnegative().optional(),
    etag: z.string().optional(),
    'version-id': z.string().optional(),
    sequencer: z.string().optional(),
  }),
  reason: z.string().optional(),
});

/** Detail types that announce bytes, with the start of the event name that S3 gives the same thing. */
const UPLOADS: Readonly<Record<string, string>> = {
  'Object Created': 'ObjectCreated',
  'Object Restore Completed': 'ObjectRestore:Completed',
};

/** S3's word for the request that created the object, by EventBridge's `reason`. */
const CREATED_BY: Readonly<Record<string, string>> = {
  PutObject: 'Put',
  'POST Object': 'Post',
  CopyObject: 'Copy',
};

/** Detail types of S3 that announce none (EventBridge.html of the User Guide), with why. */
const IGNORED: Readonly<Record<string, string>> = {
  'Object Deleted': 'the object was removed',
  'Object Restore Initiated': 'the restore has only begun: Object Restore Completed follows',
  'Object Restore Expired': 'the restored copy expired; the object is archived again',
  'Object Storage Class Changed': 'the object moved to another storage class; its bytes are the same',
  'Object Access Tier Changed': 'the object moved to another access tier; its bytes are the same',
  'Object ACL Updated': 'only permissions changed',
  'Object Tags Added': 'only tags changed',
  'Object Tags Deleted': 'only tags changed',
  'Object Annotation Created': 'only annotations changed',
  'Object Annotation Removed': 'only annotations changed',
};

/** Reads an event that EventBridge passed on. */
export function readEventBridge(event: z.infer<typeof EVENT_BRIDGE>): MessageContents {
  const detailType = event['detail-type'];
  const none = { form: 'eventbridge', uploads: [], ignored: [], refused: [] } as const;
  if (event.source !== 'aws.s3') {
    throw refused('unknown-source', 'an event of EventBridge, but not of S3: expected source aws.s3', {
      actual: event.source,
    });
  }
  const name = UPLOADS[detailType];
  const reason = IGNORED[detailType];
  if (name === undefined && reason === undefined) {
    throw refused(
      'unknown-form',
      'an event of EventBridge that is no event of an S3 object; let the rule pass "Object Created" on',
      { actual: detailType },
    );
  }
  const detail = DETAIL.safeParse(event.detail);
  if (!detail.success) throw badRecord(detail.error, 'detail');
  if (!/^1(\.|$)/.test(detail.data['event-version'] ?? '1')) {
    throw refused('unknown-version', 'detail.event-version: expected 1.x', {
      actual: detail.data['event-version'],
    });
  }
  if (name === undefined) return { ...none, ignored: [ignoredOf(detailType, reason ?? '', detail.data)] };
  return { ...none, uploads: [uploadOf(eventNameOf(name, detail.data.reason), detail.data, event.time)] };
}

function ignoredOf(event: string, reason: string, { bucket, object }: z.infer<typeof DETAIL>): IgnoredEvent {
  return { event, reason, bucket: bucket.name, key: object.key };
}

function eventNameOf(name: string, reason = ''): string {
  return name === 'ObjectCreated' && reason !== '' ? `${name}:${CREATED_BY[reason] ?? reason}` : name;
}

function uploadOf(
  eventName: string,
  { bucket, object }: z.infer<typeof DETAIL>,
  eventTime: string | undefined,
): UploadEvent {
  const { key, size, etag = '', 'version-id': versionId = '', sequencer = '' } = object;
  return {
    object: {
      bucket: bucket.name,
      key,
      ...(versionId === '' ? {} : { versionId }),
      ...(etag === '' ? {} : { etag: unquote(etag) }),
      ...(size === undefined ? {} : { sizeBytes: size }),
    },
    source: {
      kind: 's3-event',
      eventName,
      // The same digits that a notification has; the identity of an unversioned object is made of them.
      ...(sequencer === '' ? {} : { sequencer: sequencer.toUpperCase() }),
      ...(eventTime === undefined ? {} : { eventTime }),
    },
  };
}
