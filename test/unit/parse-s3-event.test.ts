import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { MidstateError } from '../../src/core/failures.js';
import { parseS3Event } from '../../src/ingest/parse-s3-event.js';

/** The body of a recorded message; each fixture names its source. */
function fixture(name: string): string {
  const file = new URL(`../fixtures/events/${name}.json`, import.meta.url);
  const { message } = JSON.parse(readFileSync(file, 'utf8')) as { message: unknown };
  return JSON.stringify(message);
}

function record(object: object, eventName = 'ObjectCreated:Put') {
  return {
    eventVersion: '2.1',
    eventSource: 'aws:s3',
    eventName,
    s3: { bucket: { name: 'uploads' }, object: { size: 3, eTag: 'e1', sequencer: '0A', ...object } },
  };
}

function body(...records: object[]): string {
  return JSON.stringify({ Records: records });
}

/** The UTF-8 bytes of a key as S3 puts them into events: form encoding. */
function formEncoded(key: string): string {
  return encodeURIComponent(key)
    .replaceAll('%20', '+')
    .replaceAll('%2F', '/')
    .replace(/[!'()~]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

function failureOf(text: string): MidstateError {
  try {
    parseS3Event(text);
  } catch (error) {
    if (error instanceof MidstateError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

describe('an event of S3', () => {
  const happyFace = {
    bucket: 'amzn-s3-demo-bucket',
    versionId: '096fKKXTRTtl3on89fVO.nfljtsv6qko',
    etag: 'd41d8cd98f00b204e9800998ecf8427e',
    sizeBytes: 1024,
  };

  test.each([
    ['v2.1-put', 'HappyFace.jpg', 'ObjectCreated:Put'],
    ['v2.5-copy', 'copies/HappyFace.jpg', 'ObjectCreated:Copy'],
    ['v2.6-post', 'forms/HappyFace.jpg', 'ObjectCreated:Post'],
  ])('%s is an upload', (name, key, eventName) => {
    expect(parseS3Event(fixture(name))).toEqual({
      uploads: [
        {
          object: { ...happyFace, key },
          source: {
            kind: 's3-event',
            eventName,
            sequencer: '0055AED6DCD90281E5',
            eventTime: '1970-01-01T00:00:00.000Z',
          },
        },
      ],
      ignored: [],
    });
  });

  test('of a multipart upload into a bucket without versions has no version id', () => {
    const { uploads } = parseS3Event(fixture('v2.1-multipart-unversioned'));

    expect(uploads[0]?.object).toEqual({
      bucket: 'doc-example-bucket',
      key: 'uploads/annual report (final).pdf',
      etag: 'b21b84d653bb07b05b1e6b33684dc11b-18',
      sizeBytes: 305_419_896,
    });
  });

  test.each([
    ['v2.2-replication-failed', 'Replication:OperationFailedReplication'],
    ['v2.3-lifecycle-expiration', 'LifecycleExpiration:Delete'],
    ['v2.3-tagging', 'ObjectTagging:Put'],
    ['v2.4-delete-marker', 'ObjectRemoved:DeleteMarkerCreated'],
    ['test-event', 's3:TestEvent'],
  ])('%s is ignored by name', (name, eventName) => {
    expect(parseS3Event(fixture(name))).toEqual({ uploads: [], ignored: [eventName] });
  });

  test('may hold several records, in their order, the others left out', () => {
    const text = body(
      record({ key: 'one' }),
      record({ key: 'gone' }, 'ObjectRemoved:Delete'),
      record({ key: 'two' }, 's3:ObjectCreated:CompleteMultipartUpload'),
    );

    const { uploads, ignored } = parseS3Event(text);

    expect(uploads.map(({ object }) => object.key)).toEqual(['one', 'two']);
    expect(ignored).toEqual(['ObjectRemoved:Delete']);
  });

  test('may lack size, ETag and sequencer, and say null for the version', () => {
    const bare = {
      ...record({}),
      s3: { bucket: { name: 'uploads' }, object: { key: 'k', versionId: null } },
    };

    expect(parseS3Event(body(bare)).uploads).toEqual([
      {
        object: { bucket: 'uploads', key: 'k' },
        source: { kind: 's3-event', eventName: 'ObjectCreated:Put' },
      },
    ]);
  });

  test('has its ETag without quotes', () => {
    expect(parseS3Event(body(record({ key: 'k', eTag: '"e1-2"' }))).uploads[0]?.object.etag).toBe('e1-2');
  });

  test('has a size of 0 for an empty object, not none', () => {
    expect(parseS3Event(body(record({ key: 'k', size: 0 }))).uploads[0]?.object.sizeBytes).toBe(0);
  });
});

describe('a key', () => {
  const keys = [
    'with space',
    'plus+plus',
    '100%',
    '%2F',
    '%252F',
    '%00 in letters',
    'nul\0byte',
    'quotes\'"`',
    'line\r\nbreak',
    'emoji 😀/ü',
    'a//b/../c/',
    '~!()*',
    ' ',
    'k'.repeat(1_024),
    '😀'.repeat(256),
  ];

  test.each(keys)('%j comes out as it was uploaded', (key) => {
    const { uploads } = parseS3Event(body(record({ key: formEncoded(key) })));

    expect(uploads[0]?.object.key).toBe(key);
  });

  test.each([
    ['a%20b+c', 'a b c'],
    ['a%2Fb', 'a/b'],
    ['a%252Fb', 'a%2Fb'],
    ['%00', '\0'],
    ['red%2Bflower.jpg', 'red+flower.jpg'],
  ])('sent as %j is %j', (sent, key) => {
    expect(parseS3Event(body(record({ key: sent }))).uploads[0]?.object.key).toBe(key);
  });

  test.each(['%', '100%', '%zz', '%C3', '%FF%FE'])('sent as %j is refused: S3 encodes otherwise', (key) => {
    const failure = failureOf(body(record({ key })));

    expect(failure.failure).toBe('InvalidInput');
    expect(failure.message).toBe(`message: its key is not URL-encoded as S3 encodes keys [actual=${key}]`);
  });
});

describe('a message that is no event', () => {
  test.each([
    ['text', 'hello', /it is not JSON/],
    ['nothing', '', /it is not JSON/],
    ['null', 'null', /expected object/],
    ['a list', '[]', /expected object/],
    ['another object', '{"Event":"other"}', /Records/],
    ['an envelope of SNS', '{"Type":"Notification","Message":"{}"}', /Records/],
    ['no record', '{"Records":[]}', /Records|>=1/],
    [
      'a record of another service',
      body({ ...record({ key: 'k' }), eventSource: 'aws:sns' }),
      /aws:s3.*eventSource/,
    ],
    ['a record without s3', '{"Records":[{"eventSource":"aws:s3","eventName":"ObjectCreated:Put"}]}', /s3/],
    ['no key', body(record({})), /Records\[0\]\.s3\.object\.key/],
    ['an empty key', body(record({ key: '' })), /Records\[0\]\.s3\.object\.key/],
    ['a negative size', body(record({ key: 'k', size: -1 })), /Records\[0\]\.s3\.object\.size/],
    ['a size in words', body(record({ key: 'k', size: '3' })), /Records\[0\]\.s3\.object\.size/],
    ['a fault in its second record', body(record({ key: 'k' }), record({})), /Records\[1\]/],
  ])('(%s) is refused in one line that says where', (_, text, where) => {
    const failure = failureOf(text);

    expect(failure.failure).toBe('InvalidInput');
    expect(failure.message).toMatch(/^message: expected an S3 event notification, but /);
    expect(failure.message).toMatch(where);
    expect(failure.message).not.toContain('\n');
  });
});
