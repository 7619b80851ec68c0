import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { ObjectRef } from '../../src/core/contracts.js';
import { nativeEngine, portableEngine } from '../../src/hashing/index.js';
import { answerWell, errorAnswer, type Answer } from './s3-shaped-server.js';
import { cutAt } from './s3-shaped/body-faults.js';
import { over, SIZE_BYTES, stageOfEachTest, type ReadingStage } from './s3-shaped/reading-stage.js';

const { signal } = new AbortController();
const WHOLE = [{ startByte: 0, endByteExclusive: SIZE_BYTES }];

let stage: ReadingStage;

stageOfEachTest((opened) => {
  stage = opened;
});

function open(wanted: Partial<ObjectRef> = {}) {
  const { bucket, key, sizeBytes } = stage.server.object;
  return stage.store.open({ bucket, key, sizeBytes, ...wanted }, signal);
}

async function read(object: ObjectRef, startByte = 0, endByteExclusive = object.sizeBytes): Promise<Buffer> {
  const pieces: Buffer[] = [];
  await stage.reader.read({ object, startByte, endByteExclusive, signal }, (bytes) => {
    pieces.push(Buffer.from(bytes));
  });
  return Buffer.concat(pieces);
}

/** While the client is still there: what it does not need it has closed itself. */
async function noConnectionIsLeft(): Promise<void> {
  await vi.waitFor(() => {
    expect(stage.server.openConnections).toBe(0);
  });
}

describe.each([
  ['over the connections of the addon', true],
  ['over the sockets of Node', false],
])('an opened object, %s', (_, nativeConnections) => {
  beforeAll(() => {
    over.nativeConnections = nativeConnections;
  });

  afterAll(() => {
    over.nativeConnections = true;
  });

  test('is described and read by one request, whose connection serves again', async () => {
    const { description, close } = await open();
    const bytes = await read(description.object);
    close();
    await read(description.object, 0, 10);

    expect(description.object).toEqual(stage.server.object);
    expect(bytes.equals(stage.server.bytes)).toBe(true);
    expect(stage.server.seen).toMatchObject([
      { range: '', asksForChecksums: true },
      { range: 'bytes=0-9', asksForChecksums: false },
    ]);
    expect(stage.server.seenOn).toEqual([0, 0]);
    expect(stage.server.heads).toBe(0);
  });

  test('goes on from the byte at which it broke, with a request for the rest', async () => {
    stage.server.next(cutAt(() => 100_000));

    const { description } = await open();
    const bytes = await read(description.object);

    expect(bytes.equals(stage.server.bytes)).toBe(true);
    expect(stage.server.rangesSeen).toEqual(['', `bytes=100000-${String(SIZE_BYTES - 1)}`]);
  });

  test('is read once: who reads it again asks again', async () => {
    const { description } = await open();
    await read(description.object);

    const again = await read(description.object);

    expect(again.equals(stage.server.bytes)).toBe(true);
    expect(stage.server.rangesSeen).toEqual(['', `bytes=0-${String(SIZE_BYTES - 1)}`]);
  });

  test('gives its bytes up when only some of them are wanted', async () => {
    const { description } = await open();

    const bytes = await read(description.object, 10, 20);

    expect(bytes.equals(stage.server.bytes.subarray(10, 20))).toBe(true);
    expect(stage.server.rangesSeen).toEqual(['', 'bytes=10-19']);
  });

  test('gives its bytes and its connection up when it is closed', async () => {
    const { description, close } = await open();
    close();
    await noConnectionIsLeft();

    const bytes = await read(description.object);

    expect(bytes.equals(stage.server.bytes)).toBe(true);
    expect(stage.server.seen).toHaveLength(2);
  });
});

const native = nativeEngine().engine;

test.skipIf(native === undefined)('an opened object is hashed where its bytes arrive', async () => {
  const hasher = await (native ?? portableEngine).createHasher(['sha1', 'crc64nvme']);
  const onBytes = vi.fn();

  const { description } = await open();
  await stage.reader.readChunks({ object: description.object, chunks: WHOLE, signal }, { hasher, onBytes });

  expect(onBytes).not.toHaveBeenCalled();
  expect(hasher.digests().sha1).toBe(createHash('sha1').update(stage.server.bytes).digest('hex'));
  expect(stage.server.seen).toHaveLength(1);
});

describe('an answer that does not do', () => {
  const with200 =
    (headers: Record<string, string>, bytes = SIZE_BYTES): Answer =>
    (response, request, server) => {
      server.head(response, request, headers);
      response.end(server.body(request, bytes));
    };

  test.each<[string, Answer]>([
    ['says no ETag', with200({ etag: '' })],
    ['says another length than is known', with200({ 'content-length': '1000' }, 1_000)],
    ['says that the object is archived', errorAnswer(403, 'InvalidObjectState')],
  ])('because it %s leaves it to a HEAD, and the reader to ask for itself', async (_, answer) => {
    stage.server.next(answer);

    const { description } = await open();
    expect([stage.server.seen.length, stage.server.heads]).toEqual([1, 1]);
    const bytes = await read(description.object);

    expect(description.object).toEqual(stage.server.object);
    expect(bytes.equals(stage.server.bytes)).toBe(true);
    expect(stage.server.rangesSeen).toEqual(['', `bytes=0-${String(SIZE_BYTES - 1)}`]);
  });

  test('because it says no length at all is not taken for an empty object', async () => {
    // Each time: an answer without a length is asked for again, over Node's own connections.
    stage.server.always = (response, request, server) => {
      if (request.range !== '') {
        answerWell(response, request, server);
        return;
      }
      server.head(response, request, { 'content-length': '', 'transfer-encoding': 'chunked' });
      response.end(Buffer.from('0\r\n\r\n'));
    };

    const { description } = await stage.store.open({ bucket: 'bucket', key: 'key' }, signal);

    expect(description.object).toEqual(stage.server.object);
    expect((await read(description.object)).equals(stage.server.bytes)).toBe(true);
  });
});

test.each([
  ['NoSuchKey', 404, 'ObjectGone'],
  ['NoSuchBucket', 404, 'BucketNotFound'],
  ['PreconditionFailed', 412, 'ObjectChanged'],
  ['AccessDenied', 403, 'AccessDenied'],
  ['KMS.DisabledException', 400, 'KmsDenied'],
])('a GET that is refused as %s says so itself', async (code, status, failure) => {
  stage.server.next(errorAnswer(status, code));

  await expect(open()).rejects.toMatchObject({ failure });
  expect([stage.server.seen.length, stage.server.heads]).toEqual([1, 0]);
});

test('a server that cannot answer now is not asked by a HEAD too', async () => {
  stage.server.always = errorAnswer(503, 'SlowDown');

  await expect(open()).rejects.toMatchObject({ failure: 'StoreUnavailable' });
  expect(stage.server.heads).toBe(0);
});

test('another object than the one asked for is not opened, whatever the server takes `If-Match` for', async () => {
  stage.server.always = (response, request, server) => {
    server.head(response, request);
    response.end(server.body(request));
  };

  await expect(open({ etag: 'older' })).rejects.toMatchObject({ failure: 'ObjectChanged' });
  await noConnectionIsLeft();
});

test('an open that is told to stop ends at once', async () => {
  const stop = new AbortController();
  stage.server.always = () => undefined;

  const opening = stage.store.open(stage.server.object, stop.signal);
  setTimeout(() => {
    stop.abort(new Error('told to stop'));
  }, 20);

  await expect(opening).rejects.toThrow('told to stop');
});
