import type { ObjectRef } from '../../src/core/contracts.js';

/** Forms of a queue's message that can be made here (docs/ingest.md); an object's own data is in each. */
export const EVENT_FORMS = [
  's3-put',
  's3-multipart',
  's3-copy',
  's3-removed',
  's3-test',
  'eventbridge',
  'sns',
  's3-batch',
  'line',
] as const;

export type EventForm = (typeof EVENT_FORMS)[number];

const TIME = '2026-01-01T00:00:00.000Z';

/** The body of the message that would announce `object`, as text. */
export function messageBody(form: EventForm, object: ObjectRef, region: string): string {
  return JSON.stringify(contentOf(form, object, region));
}

function contentOf(form: EventForm, object: ObjectRef, region: string): object {
  const { bucket, key, etag, sizeBytes, versionId } = object;
  switch (form) {
    case 's3-put':
      return notification('ObjectCreated:Put', object, region);
    case 's3-multipart':
      return notification('ObjectCreated:CompleteMultipartUpload', object, region);
    case 's3-copy':
      return notification('ObjectCreated:Copy', object, region);
    case 's3-removed':
      return notification('ObjectRemoved:Delete', object, region);
    case 's3-test':
      return {
        Service: 'Amazon S3',
        Event: 's3:TestEvent',
        Time: TIME,
        Bucket: bucket,
        RequestId: '1',
        HostId: '1',
      };
    case 'eventbridge':
      return {
        version: '0',
        id: '00000000-0000-0000-0000-000000000000',
        'detail-type': 'Object Created',
        source: 'aws.s3',
        account: '000000000000',
        time: TIME,
        region,
        resources: [`arn:aws:s3:::${bucket}`],
        detail: {
          version: '0',
          bucket: { name: bucket },
          object: {
            key,
            size: sizeBytes,
            etag,
            sequencer: sequencer(),
            ...versionOf(versionId, 'version-id'),
          },
          reason: 'PutObject',
        },
      };
    case 'sns':
      return {
        Type: 'Notification',
        MessageId: '00000000-0000-0000-0000-000000000000',
        TopicArn: `arn:aws:sns:${region}:000000000000:uploads`,
        Message: messageBody('s3-put', object, region),
        Timestamp: TIME,
      };
    case 's3-batch':
      return {
        invocationSchemaVersion: '1.0',
        invocationId: 'local',
        job: { id: 'local' },
        tasks: [
          {
            taskId: 'local',
            s3Key: encodeKey(key),
            s3VersionId: versionId ?? null,
            s3BucketArn: `arn:aws:s3:::${bucket}`,
          },
        ],
      };
    case 'line':
      return { bucket, key, etag, sizeBytes, ...versionOf(versionId, 'versionId') };
  }
}

function notification(eventName: string, object: ObjectRef, region: string): object {
  const { bucket, key, etag, sizeBytes, versionId } = object;
  return {
    Records: [
      {
        eventVersion: '2.3',
        eventSource: 'aws:s3',
        awsRegion: region,
        eventTime: TIME,
        eventName,
        s3: {
          s3SchemaVersion: '1.0',
          configurationId: 'local',
          bucket: { name: bucket, arn: `arn:aws:s3:::${bucket}` },
          object: {
            key: encodeKey(key),
            size: sizeBytes,
            eTag: etag,
            sequencer: sequencer(),
            ...versionOf(versionId, 'versionId'),
          },
        },
      },
    ],
  };
}

function versionOf(versionId: string | undefined, name: string): object {
  return versionId === undefined ? {} : { [name]: versionId };
}

/** As S3 writes keys in its events: encoded as in a form, but for slashes. */
function encodeKey(key: string): string {
  return encodeURIComponent(key).replaceAll('%20', '+').replaceAll('%2F', '/');
}

/** Later events of a key have greater ones. */
function sequencer(): string {
  return Date.now().toString(16).toUpperCase().padStart(18, '0');
}
