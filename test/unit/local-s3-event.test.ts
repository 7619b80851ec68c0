import { describe, expect, it } from 'vitest';
import {
  encodeEventKey,
  s3EventMessage,
  sequencerOf,
  type StoredVersion,
} from '../../src/local/events/s3-event.js';
import { uploadId } from '../../src/local/events/sent-ledger.js';
import { parseWebhook, type UploadNotice } from '../../src/local/events/webhook-notice.js';

/** As versitygw 1.8.0 posts it. */
function webhookBody(eventName: string, object: object): string {
  const bucket = { name: 'photos', ownerIdentity: { PrincipalId: 'K' }, arn: 'arn:aws:s3:::/photos/x' };
  const s3 = { s3SchemaVersion: '1.0', configurationId: 'webhook-global', bucket, object };
  const eventTime = '2026-11-23T08:09:46Z';
  return JSON.stringify({
    Records: [{ eventVersion: '2.2', eventSource: 'aws:s3', eventTime, eventName, s3 }],
  });
}

function only(notices: UploadNotice[]): UploadNotice {
  expect(notices).toHaveLength(1);
  return notices[0]!;
}

const head: StoredVersion = {
  bucket: 'photos',
  key: 'a b+c%41 "q" 😀/é.txt',
  sizeBytes: 6_000_000,
  etag: '9444218075716543f7b44ce308a966d2-2',
  lastModified: new Date('2026-11-23T08:09:46.789Z'),
};

describe('the event of an upload', () => {
  it('is the message that S3 sends: encoded key, size of HeadObject, bare ETag, name without s3:', () => {
    const webhookObject = { key: head.key, size: 0, eTag: `"${head.etag}"`, versionId: null, sequencer: 'A' };
    const notice = only(parseWebhook(webhookBody('s3:ObjectCreated:CompleteMultipartUpload', webhookObject)));

    const message = s3EventMessage(
      { ...head, event: notice.event, eventTime: notice.eventTime },
      'us-east-1',
    );

    expect(message).toEqual({
      Records: [
        {
          eventVersion: '2.1',
          eventSource: 'aws:s3',
          awsRegion: 'us-east-1',
          eventTime: '2026-11-23T08:09:46.000Z',
          eventName: 'ObjectCreated:CompleteMultipartUpload',
          userIdentity: { principalId: 'midstate-local' },
          requestParameters: { sourceIPAddress: '127.0.0.1' },
          responseElements: { 'x-amz-request-id': '000001A207743510', 'x-amz-id-2': 'local' },
          s3: {
            s3SchemaVersion: '1.0',
            configurationId: 'midstate-local',
            bucket: {
              name: 'photos',
              ownerIdentity: { principalId: 'midstate-local' },
              arn: 'arn:aws:s3:::photos',
            },
            object: {
              key: 'a+b%2Bc%2541+%22q%22+%F0%9F%98%80/%C3%A9.txt',
              size: 6_000_000,
              eTag: '9444218075716543f7b44ce308a966d2-2',
              sequencer: '000001A207743510',
            },
          },
        },
      ],
    });
  });

  it('has a version id only where the bucket has versions', () => {
    const upload = { ...head, versionId: '01M83Q', event: 'Put', eventTime: head.lastModified } as const;

    expect(JSON.stringify(s3EventMessage(upload, 'us-east-1'))).toContain('"versionId":"01M83Q"');
  });

  it.each([
    'plain/key.txt',
    'sp ace',
    'a+b',
    '100%',
    '%2F',
    'it\'s <"&">',
    'ünï/😀',
    'line\nbreak',
    '\u0001',
    '~!()*',
  ])('carries the key %j so that S3’s rule (plus is space, then percent-decoding) gives it back', (key) => {
    const encoded = encodeEventKey(key);

    expect(decodeURIComponent(encoded.replaceAll('+', ' '))).toBe(key);
    expect(encoded).toMatch(/^[\x21-\x7e]+$/);
  });
});

describe('the sequencer', () => {
  it('is the same from HeadObject (whole seconds) and from a finer listing', () => {
    const listed = { ...head, lastModified: new Date('2026-11-23T08:09:46.000Z') };

    expect(sequencerOf(listed)).toBe(sequencerOf(head));
    expect(uploadId(listed)).toBe(uploadId(head));
  });

  it('orders later uploads after earlier ones, as text of one length', () => {
    const later = { ...head, lastModified: new Date('2038-01-19T03:14:08Z') };

    expect(sequencerOf(later) > sequencerOf(head)).toBe(true);
    expect(sequencerOf(later)).toHaveLength(16);
  });
});

describe('a webhook post', () => {
  it.each([
    ['the test event', '{"Service":"S3","Event":"s3:TestEvent","Bucket":"Test-Bucket"}'],
    ['a removal', webhookBody('s3:ObjectRemoved:Delete', { key: 'x' })],
    ['a tagging', webhookBody('s3:ObjectTagging:Put', { key: 'x', eTag: null })],
    ['an unknown creation', webhookBody('s3:ObjectCreated:Teleport', { key: 'x' })],
    ['a record without an object', '{"Records":[{"eventName":"s3:ObjectCreated:Put"}]}'],
    ['other JSON', '[null,{"Records":7}]'],
    ['null', 'null'],
    ['records that are no objects', '{"Records":[null,1,"x"]}'],
  ])('that is %s announces nothing', (_, body) => {
    expect(parseWebhook(body)).toEqual([]);
  });

  it('that is not JSON is refused', () => {
    expect(() => parseWebhook('<xml/>')).toThrow(SyntaxError);
  });

  it('without a version (null or empty) announces an upload without one, its ETag without quotes', () => {
    for (const versionId of [null, '']) {
      const object = { key: 'k', size: 1, eTag: '"abc"', versionId, sequencer: '1' };
      const notice = only(parseWebhook(webhookBody('s3:ObjectCreated:Copy', object)));

      expect(notice).toEqual({
        event: 'Copy',
        eventTime: new Date('2026-11-23T08:09:46Z'),
        bucket: 'photos',
        key: 'k',
        etag: 'abc',
      });
    }
  });
});
