import { createServer } from 'node:net';
import { once } from 'node:events';
import { afterEach, describe, expect, test } from 'vitest';
import { parseListenAddress } from '../../src/core/listen-address.js';
import type { HttpListener } from '../../src/listen-http.js';
import { listenForMetrics } from '../../src/observability/metrics/metrics-listener.js';
import { createReadiness } from '../../src/observability/readiness.js';

const ANYWHERE = { host: '127.0.0.1', port: 0 };
const opened: HttpListener[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((listener) => listener.close()));
});

async function listen(readiness = createReadiness(), metrics = () => Promise.resolve('a_total 1\n')) {
  const listener = await listenForMetrics(ANYWHERE, metrics, readiness);
  opened.push(listener);
  return listener.url;
}

async function get(url: string) {
  const answer = await fetch(url);
  return { status: answer.status, type: answer.headers.get('content-type'), body: await answer.text() };
}

describe('the listener for metrics and health', () => {
  test('serves the metrics as Prometheus reads them', async () => {
    const url = await listen();

    expect(await get(`${url}/metrics`)).toEqual({
      status: 200,
      type: 'text/plain; version=0.0.4; charset=utf-8',
      body: 'a_total 1\n',
    });
  });

  test('is alive as long as it answers', async () => {
    const url = await listen();

    const { status, body } = await get(`${url}/healthz?from=probe`);

    expect(status).toBe(200);
    expect(JSON.parse(body)).toMatchObject({ alive: true });
  });

  test('is ready when every check is fine, and says which is not', async () => {
    const readiness = createReadiness();
    const url = await listen(readiness);

    const before = await get(`${url}/readyz`);
    readiness.add('temporal', () => undefined);
    const ready = await get(`${url}/readyz`);
    readiness.add('queue', () => Promise.reject(new Error('no such queue')));
    const broken = await get(`${url}/readyz`);

    expect(before.status).toBe(503);
    expect([ready.status, JSON.parse(ready.body)]).toEqual([
      200,
      { ready: true, checks: { temporal: 'ok' } },
    ]);
    expect([broken.status, JSON.parse(broken.body)]).toEqual([
      503,
      { ready: false, checks: { temporal: 'ok', queue: 'no such queue' } },
    ]);
  });

  test('is not ready while a check does not answer, and says so within a second', async () => {
    const readiness = createReadiness();
    readiness.add('temporal', () => new Promise(() => undefined));
    const url = await listen(readiness);

    const { status, body } = await get(`${url}/readyz`);

    expect(status).toBe(503);
    expect(body).toContain('no answer within 900 ms');
  });

  test('knows nothing else, and takes nothing', async () => {
    const url = await listen();

    expect((await get(`${url}/`)).status).toBe(404);
    expect((await fetch(`${url}/metrics`, { method: 'POST', body: 'x' })).status).toBe(405);
    expect(await (await fetch(`${url}/metrics`, { method: 'HEAD' })).text()).toBe('');
  });

  test('that cannot collect says so with 500, and goes on', async () => {
    const url = await listen(createReadiness(), () => Promise.reject(new Error('broken')));

    expect((await get(`${url}/metrics`)).status).toBe(500);
    expect((await get(`${url}/healthz`)).status).toBe(200);
  });

  test('says which address is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };

    const listening = listenForMetrics(
      { host: '127.0.0.1', port },
      () => Promise.resolve(''),
      createReadiness(),
    );

    await expect(listening).rejects.toMatchObject({
      failure: 'InvalidInput',
      message: expect.stringContaining(`127.0.0.1:${String(port)}`) as string,
    });
    other.close();
  });
});

describe('an address to listen on', () => {
  test.for([
    ['127.0.0.1:9464', { host: '127.0.0.1', port: 9464 }],
    ['localhost:0', { host: 'localhost', port: 0 }],
    ['[::]:9464', { host: '::', port: 9464 }],
  ] as const)('%s is taken', ([text, expected]) => {
    expect(parseListenAddress(text)).toEqual(expected);
  });

  test.for(['9464', ':9464', 'host:', 'host:70000', '::1:9464', 'http://host:1'])('%s is refused', (text) => {
    expect(() => parseListenAddress(text)).toThrow('expected host:port');
  });
});
