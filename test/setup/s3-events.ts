import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { ObjectRef } from '../../src/core/contracts.js';

/** A record as Amazon S3 sends it for an upload: the key encoded as in a form, the sequencer in hex. */
export function s3Record(object: ObjectRef, sequencer: string): object {
  const key = encodeURIComponent(object.key).replaceAll('%20', '+').replaceAll('%2F', '/');
  return {
    eventVersion: '2.1',
    eventSource: 'aws:s3',
    awsRegion: 'us-east-1',
    eventTime: '2026-01-01T00:00:00.000Z',
    eventName: 'ObjectCreated:Put',
    s3: {
      s3SchemaVersion: '1.0',
      configurationId: 'by-hand',
      bucket: { name: object.bucket, arn: `arn:aws:s3:::${object.bucket}` },
      object: { key, size: object.sizeBytes, eTag: object.etag, sequencer },
    },
  };
}

/** The message S3 sends to try out a new notification. */
export const TEST_EVENT = {
  Service: 'Amazon S3',
  Event: 's3:TestEvent',
  Time: '2026-01-01T00:00:00.000Z',
  Bucket: 'any',
  RequestId: '1',
  HostId: '1',
};

export async function sendMessage(sqs: SQSClient, queueUrl: string, body: unknown): Promise<void> {
  await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: JSON.stringify(body) }));
}
