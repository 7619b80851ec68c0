import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { localS3Client } from '../../src/local/aws-clients.js';
import { createS3ObjectStore } from '../../src/storage/s3-object-store.js';

let server: Server;
let store: ReturnType<typeof createS3ObjectStore>;
/** Of the next requests, one each; then 200. */
let statuses: number[] = [];
let requests = 0;

beforeAll(async () => {
  server = createServer((_, response) => {
    requests++;
    response.writeHead(statuses.shift() ?? 200, { etag: '"e"', 'content-length': '7' }).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  store = createS3ObjectStore(localS3Client(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
});

beforeEach(() => {
  requests = 0;
});

afterAll(() => {
  server.close();
  server.closeAllConnections();
});

describe('a HEAD that S3 refuses without a reason', () => {
  test('is asked once more: a clock that was just set right is no denial', async () => {
    statuses = [403];

    expect(await store.describe({ bucket: 'bucket', key: 'k' })).toMatchObject({ object: { etag: 'e' } });
    expect(requests).toBe(2);
  });

  test('twice is a denial', async () => {
    statuses = [403, 403, 403];

    await expect(store.describe({ bucket: 'bucket', key: 'k' })).rejects.toMatchObject({
      failure: 'AccessDenied',
    });
    expect(requests).toBe(2);
  });
});
