import { createHash, randomBytes } from 'node:crypto';
import { HttpRequest } from '@smithy/core/transport';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { MidstateError } from '../../src/core/failures.js';
import { createS3Client } from '../../src/storage/aws-clients.js';
import { createSqsClient } from '../../src/storage/sqs-client.js';
import type { ProxySettings } from '../../src/storage/http-proxy/choose-proxy.js';
import { ProxyHttpHandler } from '../../src/storage/http-proxy/proxy-http-handler.js';
import { createS3RangeReader } from '../../src/storage/s3-range-reader.js';
import { createSqsMessageQueue } from '../../src/storage/sqs-message-queue.js';
import { chunkedBody, cutAt, stallAt } from './s3-shaped/body-faults.js';
import { HAS_OPENSSL, TestAuthority, type KeyAndCertificate } from './s3-shaped/certificates.js';
import { ConnectProxy } from './s3-shaped/connect-proxy.js';
import { S3ShapedServer, type Answer } from './s3-shaped-server.js';

const POLL = { maxMessages: 1, waitSeconds: 0, holdSeconds: 30, signal: new AbortController().signal };

/** How often the library was loaded. */
const loads = vi.hoisted(() => ({ count: 0 }));
vi.mock('https-proxy-agent', async (importOriginal) => {
  loads.count++;
  return await importOriginal();
});

const SIZE = 300_000;
const IDLE_TIMEOUT_MS = 300;
/** It has no address: whoever reaches it came through the proxy. */
const HOST = 's3.midstate.invalid';

let authority: TestAuthority | undefined;
let certificate: KeyAndCertificate | undefined;
let server: S3ShapedServer;
let proxy: ConnectProxy;
let proxyUrl: string;
let closeClient: () => void = () => undefined;

beforeAll(() => {
  if (!HAS_OPENSSL) return;
  authority = new TestAuthority();
  certificate = authority.issue(`DNS:${HOST}`);
});

afterAll(() => authority?.dispose());

beforeEach(async () => {
  vi.spyOn(Math, 'random').mockReturnValue(0);
  for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) vi.stubEnv(name, 'test');
  vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
  server = new S3ShapedServer(randomBytes(SIZE));
  proxy = new ConnectProxy();
  proxyUrl = await proxy.start();
});

afterEach(async () => {
  closeClient();
  await proxy.stop();
  await server.stop();
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

/** Starts the server, and returns its URL under the name that only the proxy knows. */
async function startServer(protocol: 'http' | 'https', host = HOST): Promise<string> {
  const url = await server.start(protocol === 'https' ? certificate : undefined);
  return url.replace('127.0.0.1', host);
}

function createReader(endpoint: string, proxies: ProxySettings) {
  vi.stubEnv('AWS_ENDPOINT_URL_S3', endpoint);
  const client = createS3Client({
    region: 'us-east-1',
    pathStyle: true,
    idleTimeoutMs: 2_000,
    connections: 4,
    proxies,
  });
  closeClient = () => {
    client.destroy();
  };
  return createS3RangeReader(client, { idleTimeoutMs: IDLE_TIMEOUT_MS, maxFaults: 3, backoffMs: 1 });
}

async function readAll(endpoint: string, proxies: ProxySettings, key = 'key') {
  const reader = createReader(endpoint, proxies);
  const pieces: Buffer[] = [];
  const object = { ...server.object, key };
  const { signal } = new AbortController();
  const failure: unknown = await reader
    .read({ object, startByte: 0, endByteExclusive: SIZE, signal }, (bytes) =>
      pieces.push(Buffer.from(bytes)),
    )
    .then(
      () => undefined,
      (error: unknown) => error,
    );
  return { bytes: Buffer.concat(pieces), failure };
}

const md5 = (text: string) => createHash('md5').update(text).digest('hex');
const half = (length: number) => length >> 1;
const PROTOCOLS = HAS_OPENSSL ? (['http', 'https'] as const) : (['http'] as const);

// First, as long as nothing has loaded it.
test('the library is loaded for the first tunnel, and not before', async () => {
  await readAll(await startServer('http', '127.0.0.1'), { https: proxyUrl, http: proxyUrl });
  const loadsBefore = loads.count;
  proxy.answer = 'cut';
  await readAll('https://s3.midstate.invalid', { https: proxyUrl });

  expect(loadsBefore).toBe(0);
  expect(loads.count).toBe(1);
});

describe.each(PROTOCOLS)('an %s endpoint behind a proxy', (protocol) => {
  const through = (url: string) => ({ [protocol]: url });

  test('is read through it', async () => {
    const endpoint = await startServer(protocol);

    const { bytes, failure } = await readAll(endpoint, through(proxyUrl));

    expect(failure).toBeUndefined();
    expect(bytes.equals(server.bytes)).toBe(true);
    const asked =
      protocol === 'https'
        ? `CONNECT ${new URL(endpoint).host}`
        : `GET ${endpoint}/bucket/key?x-id=GetObject`;
    expect(proxy.seen).toEqual([asked]);
  });

  const faults: readonly (readonly [string, readonly Answer[]])[] = [
    ['cut', [cutAt(half)]],
    ['stalled', [stallAt(half)]],
    ['in HTTP chunks, and cut,', [chunkedBody(half, 'cut')]],
  ];
  test.each(faults)('is read on from the exact byte when a body is %s', async (_, answers) => {
    const endpoint = await startServer(protocol);
    server.next(...answers);

    const { bytes, failure } = await readAll(endpoint, through(proxyUrl));

    expect(failure).toBeUndefined();
    expect(bytes.equals(server.bytes)).toBe(true);
    expect(server.rangesSeen).toEqual([`bytes=0-${SIZE - 1}`, `bytes=${SIZE / 2}-${SIZE - 1}`]);
  });

  test('keeps its connection over many chunks', async () => {
    const reader = createReader(await startServer(protocol), through(proxyUrl));
    const { object } = server;
    const { signal } = new AbortController();

    for (let startByte = 0; startByte < SIZE; startByte += 30_000) {
      await reader.read({ object, startByte, endByteExclusive: startByte + 30_000, signal }, () => undefined);
    }

    expect(server.seen).toHaveLength(10);
    expect(proxy.seen).toHaveLength(protocol === 'https' ? 1 : 10);
    expect(proxy.openConnections).toBeLessThanOrEqual(2);
  });

  test('gives the proxy the name and the password in its URL', async () => {
    const url = proxyUrl.replace('http://', 'http://us%40er:pass%3Aword@');

    const { failure } = await readAll(await startServer(protocol), through(url));

    expect(failure).toBeUndefined();
    expect(proxy.authorizations).toEqual([`Basic ${Buffer.from('us@er:pass:word').toString('base64')}`]);
  });

  test('goes past the proxy when NO_PROXY names it', async () => {
    const endpoint = await startServer(protocol, 'localhost.midstate.invalid');
    const exempt = 'midstate.invalid';

    const { failure } = await readAll(endpoint, { ...through(proxyUrl), exempt });

    expect(failure).toMatchObject({ failure: 'StoreUnavailable', facts: { code: 'ENOTFOUND' } });
    expect(proxy.seen).toEqual([]);
  });

  test('on this machine is read without it, by the fast path', async () => {
    const { failure, bytes } = await readAll(await startServer(protocol, '127.0.0.1'), through(proxyUrl));

    expect(failure).toBeUndefined();
    expect(bytes.equals(server.bytes)).toBe(true);
    expect(proxy.seen).toEqual([]);
  });

  test('says which proxy is down, and no password', async () => {
    const endpoint = await startServer(protocol);
    const gone = new ConnectProxy();
    const goneUrl = await gone.start();
    await gone.stop();

    const { failure } = await readAll(endpoint, through(goneUrl.replace('http://', 'http://user:secret@')));

    expect(failure).toBeInstanceOf(MidstateError);
    expect(failure).toMatchObject({ failure: 'StoreUnavailable' });
    const { message } = failure as MidstateError;
    expect(message).toContain('check HTTPS_PROXY, HTTP_PROXY and NO_PROXY');
    expect(message).toContain('[bucket=bucket, key=key, range=0-');
    expect(message).toContain(`proxy=${goneUrl}]`);
    expect(message).not.toContain('secret');
  });

  test('says that a proxy which hangs up was in the way', async () => {
    proxy.answer = 'cut';

    const { failure } = await readAll(await startServer(protocol), through(proxyUrl));

    expect(failure).toMatchObject({
      failure: 'StoreUnavailable',
      facts: { code: 'ECONNRESET', proxy: proxyUrl },
    });
  });

  test('says that the proxy wants a password', async () => {
    proxy.answer = 407;

    const { failure } = await readAll(await startServer(protocol), through(proxyUrl));

    expect(failure).toMatchObject({ failure: 'AccessDenied', facts: { status: 407 } });
    expect((failure as Error).message).toContain('the proxy wants a name and a password');
    expect(server.seen).toEqual([]);
  });
});

describe.skipIf(!HAS_OPENSSL)('a proxy that', () => {
  test('refuses the tunnel is not taken for an S3 server that refuses the object', async () => {
    proxy.answer = 403;

    const { failure } = await readAll(await startServer('https'), { https: proxyUrl });

    expect(failure).toMatchObject({
      failure: 'StoreUnavailable',
      facts: { code: 'EPROXY', status: 403, proxy: proxyUrl },
    });
    expect((failure as Error).message).toContain('the proxy refuses to connect to the server');
  });

  test.each(['https:', 'http:'])(
    'is silent is given up, and its connection closed (%s)',
    async (protocol) => {
      proxy.answer = 'silent';
      const handler = new ProxyHttpHandler({
        connectTimeoutMs: 100,
        socketTimeoutMs: 100,
        maxSockets: 2,
        proxies: { https: proxyUrl, http: proxyUrl },
      });
      const request = new HttpRequest({ protocol, hostname: HOST, port: 443, method: 'GET', path: '/' });

      await expect(handler.handle(request)).rejects.toMatchObject({
        name: expect.stringMatching(/Error/) as string,
        proxy: proxyUrl,
      });
      await vi.waitFor(() => {
        expect(proxy.openConnections).toBe(0);
      });
      handler.destroy();
    },
  );

  test('is silent holds no read that is aborted', async () => {
    proxy.answer = 'silent';
    const reader = createReader(await startServer('https'), { https: proxyUrl });
    const controller = new AbortController();
    const reason = new Error('stop now');

    const range = { object: server.object, startByte: 0, endByteExclusive: SIZE, signal: controller.signal };
    const reading = reader.read(range, () => undefined);
    await vi.waitFor(() => {
      expect(proxy.seen).toHaveLength(1);
    });
    controller.abort(reason);

    await expect(reading).rejects.toBe(reason);
  });
});

test.each(['a/../b', 'a//b', '/a', 'a/./b?c=d#e', 'http://other.invalid/x', 'ü ü'])(
  'a key such as %j reaches the server as it was signed',
  async (key) => {
    const { failure } = await readAll(await startServer('http'), { http: proxyUrl }, key);

    expect(failure).toBeUndefined();
    const path = key
      .split('/')
      .map((part) => encodeURIComponent(part))
      .join('/');
    expect(server.targets).toEqual([`/bucket/${path}?x-id=GetObject`]);
  },
);

test.each(PROTOCOLS)('a queue of %s is asked through the proxy', async (protocol) => {
  const url = await startServer(protocol, 'sqs.midstate.invalid');
  server.always = (response) => {
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(
      JSON.stringify({ Messages: [{ MessageId: 'm', ReceiptHandle: 'r', Body: 'b', MD5OfBody: md5('b') }] }),
    );
  };
  const client = createSqsClient({ region: 'us-east-1', connections: 2, proxies: { [protocol]: proxyUrl } });
  closeClient = () => {
    client.destroy();
  };
  const queue = createSqsMessageQueue(client, `${url}/1234/uploads`);

  const messages = await queue.receive(POLL);

  expect(messages).toEqual([{ messageId: 'm', receiptHandle: 'r', body: 'b', receiveCount: 1 }]);
  expect(proxy.seen).toEqual([protocol === 'https' ? `CONNECT ${new URL(url).host}` : `POST ${url}/`]);
});

test('a queue behind a proxy that is down says which', async () => {
  await proxy.stop();
  const proxies = { http: proxyUrl };
  const client = createSqsClient({ region: 'us-east-1', connections: 2, proxies });
  closeClient = () => {
    client.destroy();
  };
  const queue = createSqsMessageQueue(client, 'http://sqs.midstate.invalid/1234/uploads');

  const receiving = queue.receive(POLL);

  await expect(receiving).rejects.toMatchObject({ failure: 'StoreUnavailable', facts: { proxy: proxyUrl } });
});
