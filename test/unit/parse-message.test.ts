import { describe, expect, test } from 'vitest';
import { refusalOf } from '../../src/ingest/events/message-contents.js';
import { parseMessage } from '../../src/ingest/events/parse-message.js';
import { body, failureOf, faultOf, fixture, keysOf, record } from './message-fixtures.js';

describe('an event of EventBridge', () => {
  test('"Object Created" is an upload; its key is not decoded', () => {
    expect(parseMessage(fixture('eventbridge-created'))).toEqual({
      form: 'eventbridge',
      uploads: [
        {
          object: {
            bucket: 'amzn-s3-demo-bucket1',
            key: 'a+b/100%/example key.txt',
            versionId: 'IYV3p45BT0ac8hjHg1houSdS1a.Mro8e',
            etag: 'b1946ac92492d2347c6235b4d2611184',
            sizeBytes: 5,
          },
          source: {
            kind: 's3-event',
            eventName: 'ObjectCreated:Put',
            sequencer: '617F08299329D189',
            eventTime: '2021-11-12T00:00:00Z',
          },
        },
      ],
      ignored: [],
      refused: [],
    });
  });

  test('"Object Restore Completed" is an upload without a sequencer', () => {
    const { uploads } = parseMessage(fixture('eventbridge-restored'));

    expect(uploads[0]?.source).toEqual({
      kind: 's3-event',
      eventName: 'ObjectRestore:Completed',
      eventTime: '2021-11-12T00:00:00Z',
    });
  });

  test.each([
    ['PutObject', 'ObjectCreated:Put'],
    ['POST Object', 'ObjectCreated:Post'],
    ['CopyObject', 'ObjectCreated:Copy'],
    ['CompleteMultipartUpload', 'ObjectCreated:CompleteMultipartUpload'],
  ])('created by %s has the name that a notification gives it', (reason, eventName) => {
    const event = JSON.parse(fixture('eventbridge-created')) as { detail: object };
    const { uploads } = parseMessage(JSON.stringify({ ...event, detail: { ...event.detail, reason } }));

    expect(uploads[0]?.source.eventName).toBe(eventName);
  });

  test.each([
    'Object Deleted',
    'Object Restore Initiated',
    'Object Restore Expired',
    'Object Storage Class Changed',
    'Object Access Tier Changed',
    'Object ACL Updated',
    'Object Tags Added',
    'Object Tags Deleted',
  ])('"%s" is ignored with a reason', (detailType) => {
    const event = JSON.parse(fixture('eventbridge-deleted')) as object;
    const { uploads, ignored } = parseMessage(JSON.stringify({ ...event, 'detail-type': detailType }));

    expect(uploads).toEqual([]);
    expect(ignored).toEqual([
      {
        event: detailType,
        reason: expect.stringMatching(/\w{3,}/) as string,
        bucket: 'amzn-s3-demo-bucket1',
        key: 'example-key',
      },
    ]);
  });

  test.each([
    [{ source: 'aws.ec2' }, 'unknown-source', /expected source aws\.s3/],
    [{ 'detail-type': 'AWS API Call via CloudTrail' }, 'unknown-form', /"Object Created"/],
    [{ detail: { bucket: { name: 'b' } } }, 'bad-record', /detail\.object/],
    [
      { detail: { 'event-version': '2.0', bucket: { name: 'b' }, object: { key: 'k' } } },
      'unknown-version',
      /detail\.event-version: expected 1\.x.*actual=2\.0/,
    ],
  ])('with %j is refused', (change, reason, message) => {
    const event = JSON.parse(fixture('eventbridge-created')) as object;
    const failure = failureOf(JSON.stringify({ ...event, ...change }));

    expect(refusalOf(failure)).toBe(reason);
    expect(failure.message).toMatch(message);
  });
});

describe('an envelope of SNS', () => {
  test('gives what is inside it', () => {
    const inside = parseMessage(fixture('v2.1-put'));

    expect(parseMessage(fixture('sns-s3-put'))).toEqual({ ...inside, viaSns: true });
  });

  test('may hold an event of EventBridge, S3’s test event, or lines', () => {
    const wrap = (text: string) => {
      const envelope = JSON.parse(fixture('sns-s3-put')) as object;
      return parseMessage(JSON.stringify({ ...envelope, Message: text }));
    };

    expect(keysOf(parseMessage(fixture('sns-eventbridge-created')))).toEqual(['a+b/100%/example key.txt']);
    expect(wrap(fixture('test-event')).ignored[0]?.event).toBe('s3:TestEvent');
    expect(keysOf(wrap(fixture('object-lines')))).toEqual(['a+b/100%/c d.txt', 'video.mov']);
  });

  test('that asks for a confirmation is refused: somebody must see it', () => {
    const failure = failureOf(fixture('sns-confirmation'));

    expect(refusalOf(failure)).toBe('sns-confirmation');
    expect(failure.message).toMatch(/SubscribeURL.*topic=arn:aws:sns:us-west-2:123456789012:MyTopic/);
  });

  test('around text is refused as text is', () => {
    const envelope = JSON.parse(fixture('sns-s3-put')) as object;

    expect(refusalOf(failureOf(JSON.stringify({ ...envelope, Message: 'hello' })))).toBe('not-json');
  });
});

describe('an invocation of S3 Batch', () => {
  test('of schema 1.0 names the bucket by its ARN; its key is decoded', () => {
    expect(parseMessage(fixture('s3-batch-1.0')).uploads).toEqual([
      {
        object: { bucket: 'amzn-s3-demo-bucket', key: 'customer Image1.jpg', versionId: '1' },
        source: { kind: 'backfill', eventName: 's3-batch' },
      },
    ]);
  });

  test('of schema 2.0 names it as it is; null is no version', () => {
    expect(parseMessage(fixture('s3-batch-2.0')).uploads.map(({ object }) => object)).toEqual([
      { bucket: 'amzn-s3-demo-bucket', key: 'customerImage1.jpg' },
    ]);
  });

  test.each([
    [{ invocationSchemaVersion: '3.0' }, 'unknown-version'],
    [{ tasks: [] }, 'bad-record'],
  ])('with %j is refused', (change, reason) => {
    const event = JSON.parse(fixture('s3-batch-1.0')) as object;

    expect(refusalOf(failureOf(JSON.stringify({ ...event, ...change })))).toBe(reason);
  });

  test('without a bucket is refused', () => {
    const event = JSON.parse(fixture('s3-batch-1.0')) as object;

    expect(faultOf(JSON.stringify({ ...event, tasks: [{ s3Key: 'k' }] })).message).toMatch(
      /tasks\[0\]: expected s3BucketArn/,
    );
  });
});

describe('hand-made lines', () => {
  test('give an object each; their keys are taken as they stand', () => {
    expect(parseMessage(fixture('object-lines'))).toEqual({
      form: 'lines',
      uploads: [
        { object: { bucket: 'uploads', key: 'a+b/100%/c d.txt' }, source: { kind: 'submit' } },
        { object: { bucket: 'uploads', key: 'video.mov', versionId: 'v1' }, source: { kind: 'submit' } },
      ],
      ignored: [],
      refused: [],
    });
  });

  test.each([
    ['one line', '{"bucket":"uploads","key":"k"}'],
    ['one line and its end', '{"bucket":"uploads","key":"k"}\r\n'],
    ['several lines of one object', '{\n "bucket": "uploads",\n "key": "k"\n}'],
    ['a list', '[{"bucket":"uploads","key":"k"}]'],
    ['a byte order mark', '\uFEFF{"bucket":"uploads","key":"k"}'],
  ])('may be %s', (_, text) => {
    expect(keysOf(parseMessage(text))).toEqual(['k']);
  });

  test.each([
    ['{"bucket":"uploads","key":"k","versionID":"v"}', /versionID/],
    ['{"bucket":"Uploads!","key":"k"}', /bucket: expected a bucket name/],
    ['{"bucket":"uploads","key":""}', /key: /],
    [`{"bucket":"uploads","key":"${'ü'.repeat(513)}"}`, /key: S3 allows 1,024 bytes/],
    ['{"bucket":"uploads","key":"k","sizeBytes":-1}', /sizeBytes: /],
  ])('%s is refused', (line, message) => {
    const fault = faultOf(line);

    expect(refusalOf(fault)).toBe('bad-record');
    expect(fault.message).toMatch(message);
  });

  test('are refused one by one, by the number of the line', () => {
    const contents = parseMessage('{"bucket":"uploads","key":"k"}\n\nnot json\n{"bucket":"uploads"}\n');

    expect(keysOf(contents)).toEqual(['k']);
    expect(contents.refused.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^message: line 3: it is not JSON/),
      expect.stringMatching(/^message: line 4\.key: /),
    ]);
  });
});

describe('a message that is none of these', () => {
  test.each([
    ['text', 'hello', 'not-json', /it is not JSON/],
    ['nothing', '', 'not-json', /it is not JSON/],
    ['null', 'null', 'unknown-form', /it is a null: expected an S3 notification/],
    ['a number', '3', 'unknown-form', /it is a number/],
    ['an empty list', '[]', 'unknown-form', /a list/],
    ['another object', '{"Event":"other"}', 'unknown-form', /the fields Event:/],
    ['no record', '{"Records":[]}', 'bad-record', /Records: /],
    ['records that are no list', '{"Records":3}', 'bad-record', /Records: /],
  ])('(%s) is refused in one line that says why', (_, text, reason, message) => {
    const failure = failureOf(text);

    expect(failure.failure).toBe('InvalidInput');
    expect(refusalOf(failure)).toBe(reason);
    expect(failure.message).toMatch(message);
    expect(failure.message).not.toContain('\n');
  });

  test.each([
    [
      'another service',
      { ...record({ key: 'k' }), eventSource: 'aws:sqs' },
      /Records\[0\]\.eventSource: .*aws:s3/,
    ],
    ['no s3', { eventSource: 'aws:s3', eventName: 'ObjectCreated:Put' }, /Records\[0\]\.s3/],
    ['no key', record({}), /Records\[0\]\.s3\.object\.key/],
    ['an empty key', record({ key: '' }), /Records\[0\]\.s3\.object\.key/],
    ['a negative size', record({ key: 'k', size: -1 }), /Records\[0\]\.s3\.object\.size/],
    ['a size in words', record({ key: 'k', size: '3' }), /Records\[0\]\.s3\.object\.size/],
    [
      'version 3',
      { ...record({ key: 'k' }), eventVersion: '3.0' },
      /eventVersion: expected 2\.x.*actual=3\.0/,
    ],
  ])('(a record with %s) is refused in one line that says where', (_, bad, message) => {
    const fault = faultOf(body(bad));

    expect(fault.message).toMatch(message);
    expect(fault.message).not.toContain('\n');
  });
});
