import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { ObjectRef } from '../../src/core/contracts.js';
import { nativeEngine, portableEngine } from '../../src/hashing/index.js';
import { errorAnswer } from './s3-shaped-server.js';
import { cutAt } from './s3-shaped/body-faults.js';
import {
  LONG_PATIENCE,
  openReadingStage,
  over,
  SIZE_BYTES,
  type ReadingStage,
} from './s3-shaped/reading-stage.js';

const { signal } = new AbortController();
const WANTED = { bucket: 'bucket', key: 'key' };

let stage: ReadingStage;

beforeEach(async () => {
  stage = await openReadingStage(LONG_PATIENCE);
});

/** Closing proves that no socket is left, opened objects and all. */
afterEach(async () => {
  await stage.close();
  vi.unstubAllEnvs();
});

async function read(object: ObjectRef, startByte = 0, endByteExclusive = object.sizeBytes): Promise<Buffer> {
  const pieces: Buffer[] = [];
  await stage.reader.read({ object, startByte, endByteExclusive, signal }, (bytes) => {
    pieces.push(Buffer.from(bytes));
  });
  return Buffer.concat(pieces);
}

describe.each([
  ['over the connections of the addon', true],
  ['over the sockets of Node', false],
])('an opened object, %s', (_, nativeConnections) => {
  beforeEach(async () => {
    await stage.close();
    over.nativeConnections = nativeConnections;
    stage = await openReadingStage(LONG_PATIENCE);
  });

  test('is described and read by one request', async () => {
    const { description } = await stage.store.open(WANTED);
    const bytes = await read(description.object);

    expect(description.object).toEqual(stage.server.object);
    expect(bytes.equals(stage.server.bytes)).toBe(true);
    expect(stage.server.seen).toMatchObject([{ range: '', asksForChecksums: true }]);
    expect(stage.server.heads).toBe(0);
  });

  test('is hashed by whatever takes its bytes', async () => {
    const hasher = await (nativeEngine().engine ?? portableEngine).createHasher(['sha1', 'crc64nvme']);
    const { description } = await stage.store.open(WANTED);
    const { object } = description;

    const chunks = [{ startByte: 0, endByteExclusive: SIZE_BYTES }];
    const onBytes = (bytes: Uint8Array) => {
      hasher.update(bytes);
    };
    await stage.reader.readChunks({ object, chunks, signal }, { hasher, onBytes });

    expect(hasher.digests().sha1).toBe(createHash('sha1').update(stage.server.bytes).digest('hex'));
    expect(stage.server.seen).toHaveLength(1);
  });

  test('goes on from the byte at which it broke, with a request for the rest', async () => {
    stage.server.next(cutAt(() => 100_000));

    const { description } = await stage.store.open(WANTED);
    const bytes = await read(description.object);

    expect(bytes.equals(stage.server.bytes)).toBe(true);
    expect(stage.server.rangesSeen).toEqual(['', `bytes=100000-${String(SIZE_BYTES - 1)}`]);
  });

  test('is read once: who reads it again asks again', async () => {
    const { description } = await stage.store.open(WANTED);
    await read(description.object);

    const again = await read(description.object);

    expect(again.equals(stage.server.bytes)).toBe(true);
    expect(stage.server.rangesSeen).toEqual(['', `bytes=0-${String(SIZE_BYTES - 1)}`]);
  });

  test('gives its bytes up when only some of them are wanted', async () => {
    const { description } = await stage.store.open(WANTED);

    const bytes = await read(description.object, 10, 20);

    expect(bytes.equals(stage.server.bytes.subarray(10, 20))).toBe(true);
    expect(stage.server.rangesSeen).toEqual(['', 'bytes=10-19']);
  });

  test('gives its bytes up when it is closed, and is none the worse when it was read before', async () => {
    const { description, close } = await stage.store.open(WANTED);
    close();
    const bytes = await read(description.object);
    close();

    expect(bytes.equals(stage.server.bytes)).toBe(true);
    expect(stage.server.seen).toHaveLength(2);
  });
});

test('a refused GET is asked about with a HEAD, which tells more', async () => {
  stage.server.next(errorAnswer(403, 'InvalidObjectState'));

  const { description } = await stage.store.open(WANTED);

  expect(description.object).toEqual(stage.server.object);
  expect([stage.server.seen.length, stage.server.heads]).toEqual([1, 1]);
});

test('a server that cannot answer now is not asked twice as much', async () => {
  stage.server.always = errorAnswer(503, 'SlowDown');

  await expect(stage.store.open(WANTED)).rejects.toMatchObject({ failure: 'StoreUnavailable' });
  expect(stage.server.heads).toBe(0);
});

test('another object than the one asked for is not opened, whatever the server takes `If-Match` for', async () => {
  stage.server.always = (response, request, server) => {
    server.head(response, request);
    response.end(server.body(request));
  };

  await expect(stage.store.open({ ...WANTED, etag: 'older' })).rejects.toMatchObject({
    failure: 'ObjectChanged',
  });
});
