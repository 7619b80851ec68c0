import { randomBytes } from 'node:crypto';
import type { S3Client } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { ObjectRef } from '../../src/core/contracts.js';
import { MidstateError } from '../../src/core/failures.js';
import type { RangeReader } from '../../src/core/ports.js';
import { createS3Client } from '../../src/storage/aws-clients.js';
import { createS3RangeReader } from '../../src/storage/s3-range-reader.js';
import { over } from './s3-shaped/reading-stage.js';
import {
  errorAnswer,
  partialAnswer,
  S3ShapedServer,
  tornHeadAnswer,
  type Answer,
} from './s3-shaped-server.js';

const SIZE = 1_000_000;
const IDLE_TIMEOUT_MS = 500;
/** Longer than the reader's, so that the reader's own watchdog is what is tested. */
const SOCKET_TIMEOUT_MS = 1_200;
const MAX_FAULTS = 3;
/** The SDK's own attempts at one request, of at most two requests each, before the reader sees a fault. */
const SDK_ATTEMPTS = 3;

const never: Answer = () => undefined;
const reset: Answer = (response) => {
  response.reset();
};
const cutAfter = (length: number) =>
  partialAnswer(length, (response) => {
    response.destroy();
  });
const stallAfter = (length: number) => partialAnswer(length, () => undefined);

let server: S3ShapedServer;
let reader: RangeReader;
let close: () => void;

beforeEach(async () => {
  server = new S3ShapedServer(randomBytes(SIZE));
  vi.stubEnv('AWS_ENDPOINT_URL_S3', await server.start());
  vi.stubEnv('AWS_ENDPOINT_URL', undefined);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  vi.stubEnv('AWS_MAX_ATTEMPTS', undefined);
  const client = createS3Client({
    region: 'us-east-1',
    pathStyle: true,
    idleTimeoutMs: SOCKET_TIMEOUT_MS,
    connections: 4,
    ...over,
  });
  reader = createS3RangeReader(client, {
    idleTimeoutMs: IDLE_TIMEOUT_MS,
    maxFaults: MAX_FAULTS,
    backoffMs: 1,
  });
  close = () => {
    client.destroy();
  };
});

afterEach(async () => {
  close();
  await server.stop();
  vi.unstubAllEnvs();
});

interface Reading {
  readonly bytes: Buffer;
  readonly failure: unknown;
}

/** Reads, and keeps what was delivered, whether or not the read failed. */
async function read(
  range: { startByte?: number; endByteExclusive?: number; object?: ObjectRef; signal?: AbortSignal } = {},
): Promise<Reading> {
  const delivered: Buffer[] = [];
  const { startByte = 0, endByteExclusive = SIZE, object = server.object } = range;
  const { signal = new AbortController().signal } = range;
  const reading = reader.read({ object, startByte, endByteExclusive, signal }, (bytes) => {
    delivered.push(Buffer.from(bytes));
  });
  const failure: unknown = await reading.then(
    () => undefined,
    (error: unknown) => error,
  );
  return { bytes: Buffer.concat(delivered), failure };
}

function nameOf(failure: unknown): string {
  return failure instanceof MidstateError ? failure.failure : String(failure);
}

function expectWhole({ bytes, failure }: Reading): void {
  expect(failure).toBeUndefined();
  expect(bytes.length).toBe(SIZE);
  expect(bytes.equals(server.bytes)).toBe(true);
}

describe('the range reader', () => {
  test('delivers the bytes of a range, pinned to the ETag', async () => {
    const { bytes, failure } = await read({ startByte: 128, endByteExclusive: 500_000 });

    expect(failure).toBeUndefined();
    expect(bytes.equals(server.bytes.subarray(128, 500_000))).toBe(true);
    expect(server.seen).toMatchObject([
      {
        range: 'bytes=128-499999',
        startByte: 128,
        endByteExclusive: 500_000,
        ifMatch: `"${server.etag}"`,
        versionId: null,
      },
    ]);
  });

  test('pins by version id where there is one', async () => {
    await read({ object: { ...server.object, versionId: 'v1' } });

    expect(server.seen[0]?.versionId).toBe('v1');
  });

  test('asks for nothing when there is nothing to read', async () => {
    const { bytes, failure } = await read({ startByte: SIZE, endByteExclusive: SIZE });

    expect(failure).toBeUndefined();
    expect(bytes.length).toBe(0);
    expect(server.seen).toEqual([]);
  });

  test('goes on from the exact byte at which a connection broke', async () => {
    server.next(cutAfter(300_000));

    expectWhole(await read());
    const resumed = server.seen[1]!.startByte;
    expect(server.rangesSeen).toEqual([`bytes=0-${SIZE - 1}`, `bytes=${resumed}-${SIZE - 1}`]);
    expect(resumed).toBeGreaterThan(0);
    expect(resumed).toBeLessThanOrEqual(300_000);
  });

  test('goes on after a body that stands still, once no byte has come for the idle timeout', async () => {
    server.next(stallAfter(300_000));
    const started = performance.now();

    expectWhole(await read());
    expect(performance.now() - started).toBeGreaterThanOrEqual(IDLE_TIMEOUT_MS - 1);
    expect(server.rangesSeen).toEqual([`bytes=0-${SIZE - 1}`, `bytes=300000-${SIZE - 1}`]);
  });

  test('goes on after a server that never answers', async () => {
    server.next(never);

    expectWhole(await read());
  });

  test('takes an answer whose head arrives in two packets, at the first attempt', async () => {
    server.next(tornHeadAnswer);

    expectWhole(await read());
    expect(server.seen).toHaveLength(1);
  });

  test('goes on after a reset before the first byte', async () => {
    server.next(reset);

    expectWhole(await read());
  });

  test('goes on after more answers of 503 than the SDK itself puts up with', async () => {
    const [slowDown, requests] = [errorAnswer(503, 'SlowDown'), 2 * SDK_ATTEMPTS + 1];
    server.next(...Array.from({ length: requests }, () => slowDown));

    expectWhole(await read());
    expect(server.seen).toHaveLength(requests + 1);
  });

  test('counts only faults in a row: each byte gained starts the count anew', async () => {
    const faults = 2 * MAX_FAULTS;
    server.next(...Array.from({ length: faults }, () => stallAfter(50_000)));

    expectWhole(await read());
    expect(server.seen.map(({ startByte }) => startByte)).toEqual(
      Array.from({ length: faults + 1 }, (_, index) => index * 50_000),
    );
  });

  test('gives up after too many faults without a byte between them', async () => {
    server.next(...Array.from({ length: MAX_FAULTS }, () => stallAfter(0)));

    const { bytes, failure } = await read();

    expect(nameOf(failure)).toBe('StoreUnavailable');
    expect((failure as Error).message).toMatch(/no byte for 500 ms \[bucket=bucket, key=key/);
    expect(bytes.length).toBe(0);
    expect(server.seen).toHaveLength(MAX_FAULTS);
  });

  test('gives up on a server whose bodies are shorter than the range they announce', async () => {
    server.always = (response, request) => {
      server.head(response, request, { 'content-length': '0' });
      response.end();
    };

    const { bytes, failure } = await read();

    expect(nameOf(failure)).toBe('StoreUnavailable');
    expect(bytes.length).toBe(0);
    expect(server.seen).toHaveLength(MAX_FAULTS);
  });

  test('never delivers a byte beyond the range, even when the server sends more', async () => {
    server.next((response, request) => {
      server.head(response, request, { 'content-length': String(SIZE + 5) });
      response.end(Buffer.concat([server.bytes, Buffer.from('extra')]));
    });

    expectWhole(await read());
  });
});

describe('the range reader refuses', () => {
  test.each([
    [404, 'NoSuchKey', 'ObjectGone'],
    [404, 'NoSuchBucket', 'BucketNotFound'],
    [403, 'AccessDenied', 'AccessDenied'],
    [403, 'InvalidObjectState', 'Archived'],
    [412, 'PreconditionFailed', 'ObjectChanged'],
    [416, 'InvalidRange', 'ObjectChanged'],
    [400, 'KMS.DisabledException', 'KmsDenied'],
  ])('%d %s as %s, without reading further', async (status, code, failureName) => {
    server.always = errorAnswer(status, code);

    const { bytes, failure } = await read();

    expect(nameOf(failure)).toBe(failureName);
    expect((failure as MidstateError).facts).toMatchObject({
      bucket: 'bucket',
      key: 'key',
      range: `0-${SIZE - 1}`,
      status,
    });
    expect(bytes.length).toBe(0);
    expect(server.seen.length).toBeLessThanOrEqual(2);
  });

  test('an object that changes in mid-read, keeping what it delivered to one version', async () => {
    const { object, bytes: original } = server;
    server.next(
      partialAnswer(300_000, (response) => {
        server.bytes = randomBytes(SIZE);
        response.destroy();
      }),
    );

    const { bytes, failure } = await read({ object });

    expect(nameOf(failure)).toBe('ObjectChanged');
    expect(bytes.equals(original.subarray(0, bytes.length))).toBe(true);
    expect(server.rangesSeen.at(-1)).toBe(`bytes=${bytes.length}-${SIZE - 1}`);
  });

  test.each([
    ['of another size', { 'content-range': `bytes 0-${SIZE - 1}/${SIZE + 1}` }],
    ['of another ETag', { etag: '"other"' }],
  ])('an answer %s, before a byte is delivered', async (_, headers) => {
    server.next((response, request) => {
      server.head(response, request, headers);
      response.end(server.bytes);
    });

    const { bytes, failure } = await read();

    expect(nameOf(failure)).toBe('ObjectChanged');
    expect(bytes.length).toBe(0);
    expect(server.seen).toHaveLength(1);
  });

  test.each([
    ['another range', { 'content-range': `bytes 128-${SIZE + 127}/${SIZE}` }, `128-${SIZE + 127}/${SIZE}`],
    ['no range', { 'content-range': '' }, 'no Content-Range'],
    ['no ETag', { etag: '' }, 'of no ETag'],
    ['more bytes than the range has', { 'content-length': String(SIZE + 9) }, `${SIZE + 9} bytes long`],
  ])('a server that always sends %s: the object need not have changed', async (_, headers, actual) => {
    server.always = (response, request) => {
      server.head(response, request, headers);
      response.end(server.bytes);
    };

    const { bytes, failure } = await read();

    expect(nameOf(failure)).toBe('StoreUnavailable');
    expect((failure as Error).message).toContain(actual);
    expect((failure as Error).message).toContain(`[bucket=bucket, key=key, range=0-${SIZE - 1}, expected=`);
    expect(bytes.length).toBe(0);
    expect(server.seen).toHaveLength(MAX_FAULTS);
  });

  test('the whole object where a range was asked for, which proves no change either', async () => {
    server.always = (response) => {
      response.writeHead(200, { 'content-length': String(SIZE), etag: `"${server.etag}"` });
      response.end(server.bytes);
    };

    const { bytes, failure } = await read({ startByte: 128, endByteExclusive: 256 });

    expect(nameOf(failure)).toBe('StoreUnavailable');
    expect((failure as Error).message).toMatch(/actual=no Content-Range/);
    expect(bytes.length).toBe(0);
  });
});

describe('an abort stops the range reader', () => {
  const reason = new Error('stop now');

  test('before it asks for anything', async () => {
    const { failure } = await read({ signal: AbortSignal.abort(reason) });

    expect(failure).toBe(reason);
    expect(server.seen).toEqual([]);
  });

  test('while it waits for an answer', async () => {
    const controller = new AbortController();
    server.next(() => {
      controller.abort(reason);
    });

    expect((await read({ signal: controller.signal })).failure).toBe(reason);
  });

  test('while it waits for bytes', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    server.next(stallAfter(300_000));
    let delivered = 0;
    let abortedAt = Infinity;

    const reading = reader.read(
      { object: server.object, startByte: 0, endByteExclusive: SIZE, signal },
      (b) => {
        delivered += b.length;
        if (delivered < 300_000) return;
        setImmediate(() => {
          abortedAt = performance.now();
          controller.abort(reason);
        });
      },
    );

    await expect(reading).rejects.toBe(reason);
    expect(performance.now() - abortedAt).toBeLessThan(IDLE_TIMEOUT_MS / 2);
    expect(server.seen).toHaveLength(1);
  });

  test('while it pauses after a fault, for as long as the server asked', async () => {
    const controller = new AbortController();
    const slowDown = Object.assign(new Error(), {
      name: 'SlowDown',
      $metadata: { httpStatusCode: 503 },
      $response: { headers: { 'retry-after': '3600' } },
    });
    const send = vi.fn(() => {
      setImmediate(() => {
        controller.abort(reason);
      });
      return Promise.reject(slowDown);
    });
    reader = createS3RangeReader({ send, config: {} } as unknown as S3Client);

    expect((await read({ signal: controller.signal })).failure).toBe(reason);
    expect(send).toHaveBeenCalledTimes(1);
  });

  test.each([
    ['a failure for good', new MidstateError('InvalidInput', 'hasher ended')],
    ['a passing failure', new MidstateError('StoreUnavailable', 'no room for the ledger')],
    ['any other error', Object.assign(new Error('no space'), { code: 'ENOSPC' })],
    ['what looks like a broken connection', Object.assign(new Error('reset'), { code: 'ECONNRESET' })],
  ])('when whoever takes the bytes fails with %s: going on would leave bytes out', async (_, broken) => {
    let calls = 0;
    const reading = reader.read(
      { object: server.object, startByte: 0, endByteExclusive: SIZE, signal: new AbortController().signal },
      () => {
        if (++calls === 2) throw broken;
      },
    );

    await expect(reading).rejects.toBe(broken);
    expect(calls).toBe(2);
    expect(server.seen).toHaveLength(1);
  });
});
