import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { S3Client } from '@aws-sdk/client-s3';
import type { ObjectRef } from '../../src/core/contracts.js';
import { createS3Client } from '../../src/storage/aws-clients.js';
import { createS3RangeReader } from '../../src/storage/s3-range-reader.js';
import { errorAnswer, S3ShapedServer } from './s3-shaped-server.js';

const CHUNK = 1_000;
const CHUNKS = 5;
const server = new S3ShapedServer(Buffer.from(Array.from({ length: CHUNK * CHUNKS }, (_, i) => i % 251)));
let client: S3Client;

beforeEach(async () => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'key');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
  vi.stubEnv('AWS_ENDPOINT_URL_S3', await server.start());
  client = createS3Client({ region: 'us-east-1', pathStyle: true, idleTimeoutMs: 5_000, connections: 2 });
  server.seen.length = 0;
});

afterEach(async () => {
  client.destroy();
  vi.unstubAllEnvs();
  vi.useRealTimers();
  await server.stop();
});

/** Reads the object chunk by chunk; the bytes, in the order they came. */
async function readAll(object: ObjectRef): Promise<Buffer> {
  const reader = createS3RangeReader(client);
  const pieces: Buffer[] = [];
  for (let startByte = 0; startByte < object.sizeBytes; startByte += CHUNK) {
    const chunk = { startByte, endByteExclusive: startByte + CHUNK };
    await reader.read({ object, ...chunk, signal: new AbortController().signal }, (bytes) => {
      pieces.push(Buffer.from(bytes));
    });
  }
  return Buffer.concat(pieces);
}

describe('the ranged GETs of an object', () => {
  test('are sent with one signature, which leaves the range out', async () => {
    expect(await readAll(server.object)).toEqual(server.bytes);

    const signatures = server.seen.map(({ authorization }) => authorization);
    expect(signatures).toHaveLength(CHUNKS);
    expect(new Set(signatures).size).toBe(1);
    expect(signatures[0]).toMatch(/SignedHeaders=[a-z0-9;-]*host/);
    expect(signatures[0]).not.toMatch(/SignedHeaders=[^,]*range/);
    expect(server.seen.every(({ ifMatch }) => ifMatch === `"${server.etag}"`)).toBe(true);
  });

  test('keep their signature for a minute, then are signed again', async () => {
    const object = server.object;
    const reader = createS3RangeReader(client);
    const read = (startByte: number) =>
      reader.read(
        { object, startByte, endByteExclusive: startByte + CHUNK, signal: new AbortController().signal },
        () => undefined,
      );
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
    await read(0);
    vi.setSystemTime(Date.now() + 30_000);
    await read(CHUNK);
    vi.setSystemTime(Date.now() + 31_000);
    await read(2 * CHUNK);

    const [first, second, third] = server.seen.map(({ authorization }) => authorization);
    expect(second).toBe(first);
    expect(third).not.toBe(first);
  });

  test('of another object are signed for it', async () => {
    const other = { ...server.object, key: 'other' };

    await readAll(server.object);
    await readAll(other);

    expect(new Set(server.seen.map(({ authorization }) => authorization)).size).toBe(2);
  });

  test.each([
    ['an expired token', errorAnswer(403, 'ExpiredToken')],
    ['an error of the server', errorAnswer(500, 'InternalError')],
    ['a redirect', errorAnswer(307, 'TemporaryRedirect')],
    [
      'a connection that is cut',
      (response: { destroy: () => void }) => {
        response.destroy();
      },
    ],
  ] as const)('are sent by the SDK, freshly signed, after %s', async (_, fault) => {
    let requests = 0;
    const answerWell = server.always;
    server.always = (response, request, self) => {
      (++requests === 3 ? fault : answerWell)(response, request, self);
    };

    expect(await readAll(server.object)).toEqual(server.bytes);

    server.always = answerWell;
    expect(server.rangesSeen.filter((range) => range === 'bytes=2000-2999')).toHaveLength(2);
  });

  test('that answer with another version end as ObjectChanged, not as bytes', async () => {
    const object = server.object;
    const answerWell = server.always;
    let requests = 0;
    server.always = (response, request, self) => {
      if (++requests < 3) answerWell(response, request, self);
      else self.head(response, request, { etag: '"other"' });
      if (requests >= 3) response.end(self.body(request));
    };

    await expect(readAll(object)).rejects.toMatchObject({ failure: 'ObjectChanged' });
    server.always = answerWell;
  });
});
