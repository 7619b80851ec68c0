import { describe, expect, test } from 'vitest';
import { refusalOf } from '../../src/ingest/events/message-contents.js';
import { parseMessage } from '../../src/ingest/events/parse-message.js';
import { body, faultOf, fixture, formEncoded, keysOf, record } from './message-fixtures.js';

describe('a notification of S3', () => {
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
    expect(parseMessage(fixture(name))).toEqual({
      form: 's3-notification',
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
      refused: [],
    });
  });

  test.each([
    ['v2.0-put', 'HappyFace.jpg', 'ObjectCreated:Put'],
    ['v2.3-restore-completed', 'archive/2019/report final.pdf', 'ObjectRestore:Completed'],
  ])('%s is an upload without a sequencer', (name, key, eventName) => {
    const { uploads } = parseMessage(fixture(name));

    expect(uploads).toEqual([
      {
        object: { ...happyFace, key },
        source: { kind: 's3-event', eventName, eventTime: '1970-01-01T00:00:00.000Z' },
      },
    ]);
  });

  test('of a multipart upload into a bucket without versions has no version id', () => {
    const { uploads } = parseMessage(fixture('v2.1-multipart-unversioned'));

    expect(uploads[0]?.object).toEqual({
      bucket: 'doc-example-bucket',
      key: 'uploads/annual report (final).pdf',
      etag: 'b21b84d653bb07b05b1e6b33684dc11b-18',
      sizeBytes: 305_419_896,
    });
  });

  test.each([
    ['v2.2-replication-failed', 'Replication:OperationFailedReplication', /replica/],
    ['v2.3-lifecycle-expiration', 'LifecycleExpiration:Delete', /lifecycle rule removed/],
    ['v2.3-tagging', 'ObjectTagging:Put', /tags/],
    ['v2.3-restore-begun', 'ObjectRestore:Post', /ObjectRestore:Completed follows/],
    ['v2.4-delete-marker', 'ObjectRemoved:DeleteMarkerCreated', /removed/],
  ])('%s is ignored with a reason', (name, event, reason) => {
    const { uploads, ignored, refused } = parseMessage(fixture(name));

    expect({ uploads, refused }).toEqual({ uploads: [], refused: [] });
    expect(ignored).toEqual([
      {
        event,
        reason: expect.stringMatching(reason) as string,
        bucket: expect.any(String) as string,
        key: expect.any(String) as string,
      },
    ]);
  });

  test.each([
    'LifecycleTransition',
    'IntelligentTiering',
    'ObjectAcl:Put',
    'ObjectRestore:Delete',
    'ReducedRedundancyLostObject',
    's3:ObjectRemoved:Delete',
    'ObjectSomethingNew:Begun',
  ])('%s is ignored with a reason', (name) => {
    const { uploads, ignored } = parseMessage(body(record({ key: 'k' }, name)));

    expect(uploads).toEqual([]);
    expect(ignored[0]).toMatchObject({ event: name, reason: expect.stringMatching(/\w{3,}/) as string });
  });

  test("that is S3's test event is ignored", () => {
    expect(parseMessage(fixture('test-event'))).toMatchObject({
      form: 's3-test',
      uploads: [],
      ignored: [{ event: 's3:TestEvent', reason: expect.stringMatching(/tries out/) as string }],
      refused: [],
    });
  });

  test('may hold several records, in their order, the others left out', () => {
    const contents = parseMessage(fixture('v2.1-several-records'));

    expect(keysOf(contents)).toEqual(['HappyFace.jpg', 'archive/a b+c.tar']);
    expect(contents.ignored.map(({ event, key }) => [event, key])).toEqual([
      ['ObjectRemoved:Delete', 'old.txt'],
    ]);
  });

  test('may lack size, ETag and sequencer, and say null or nothing for what it has not', () => {
    const object = { key: 'k', versionId: null, eTag: '', sequencer: '' };
    const bare = { ...record({}), s3: { bucket: { name: 'uploads' }, object } };

    expect(parseMessage(body(bare)).uploads).toEqual([
      {
        object: { bucket: 'uploads', key: 'k' },
        source: { kind: 's3-event', eventName: 'ObjectCreated:Put' },
      },
    ]);
  });

  test('may come from a server that speaks S3: minio:s3, with an s3: before the event name', () => {
    const minio = { ...record({ key: 'a%2Fb+c' }, 's3:ObjectCreated:Put'), eventSource: 'minio:s3' };

    expect(keysOf(parseMessage(body(minio)))).toEqual(['a/b c']);
  });

  test('has its ETag without quotes', () => {
    expect(parseMessage(body(record({ key: 'k', eTag: '"e1-2"' }))).uploads[0]?.object.etag).toBe('e1-2');
  });

  test('has a size of 0 for an empty object, not none', () => {
    expect(parseMessage(body(record({ key: 'k', size: 0 }))).uploads[0]?.object.sizeBytes).toBe(0);
  });

  test('gives its good records, whatever another one is', () => {
    const contents = parseMessage(body(record({ key: 'one' }), record({}), record({ key: 'two' })));

    expect(keysOf(contents)).toEqual(['one', 'two']);
    expect(contents.refused.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^message: Records\[1\]\.s3\.object\.key: /),
    ]);
  });
});

describe('a key of a notification', () => {
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
    expect(keysOf(parseMessage(body(record({ key: formEncoded(key) }))))).toEqual([key]);
  });

  test.each([
    ['a%20b+c', 'a b c'],
    ['a%2Fb', 'a/b'],
    ['a%252Fb', 'a%2Fb'],
    ['%00', '\0'],
    ['red%2Bflower.jpg', 'red+flower.jpg'],
  ])('sent as %j is %j', (sent, key) => {
    expect(keysOf(parseMessage(body(record({ key: sent }))))).toEqual([key]);
  });

  test.each(['%', '100%', '%zz', '%C3', '%FF%FE'])('sent as %j is refused: S3 encodes otherwise', (key) => {
    const fault = faultOf(body(record({ key })));

    expect(fault.failure).toBe('InvalidInput');
    expect(refusalOf(fault)).toBe('bad-key');
    expect(fault.message).toContain(
      `message: Records[0].s3.object.key: it is not URL-encoded as S3 encodes keys [actual=${key}`,
    );
  });
});
