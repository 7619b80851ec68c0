import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { ShapedNetwork } from '../../src/tuning/shaped-network.js';
import type { NetworkShape } from '../../src/tuning/tune-result.js';

const body = randomBytes(2_000_000);
let server: Server;
let network: ShapedNetwork;

beforeAll(async () => {
  server = createServer((_, response) => response.end(body));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterEach(() => network.close());
afterAll(() => server.close());

async function open(shape: NetworkShape): Promise<void> {
  network = await ShapedNetwork.open(
    `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    shape,
  );
}

/** @returns milliseconds */
async function read(): Promise<number> {
  const startedAt = performance.now();
  const bytes = Buffer.from(await (await fetch(network.url)).arrayBuffer());
  expect(bytes.equals(body)).toBe(true);
  return performance.now() - startedAt;
}

test('a capped connection brings no more than it is given, and each has its own cap', async () => {
  await open({ megabytesPerSecond: 10 });

  const one = await read();
  const startedAt = performance.now();
  await Promise.all([read(), read(), read()]);
  const three = performance.now() - startedAt;

  expect(one).toBeGreaterThan(190);
  expect(three).toBeLessThan(2.5 * one);
});

test('with latency every answer comes later, and the bytes behind it do not wait again', async () => {
  await open({ latencyMs: 150 });

  const took = await read();

  expect(took).toBeGreaterThanOrEqual(149);
  expect(took).toBeLessThan(1_500);
});
