import { createHash } from 'node:crypto';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { nativeEngine } from '../../src/hashing/native-engine.js';
import { loadNativeAddon } from '../../src/native/native-addon.js';
import { NEAR_END_BYTES } from '../../src/storage/lean-http/http-connection.js';
import { openBestConnection } from '../../src/storage/lean-http/open-connection.js';

const MIB = 1024 * 1024;
const SIZE = 26 * MIB;

describe.skipIf(loadNativeAddon().addon === undefined)('of a body that is hashed where it arrives', () => {
  const body = Buffer.alloc(SIZE, 'midstate');
  let server: Server;

  beforeEach(async () => {
    server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => {
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${String(SIZE)}\r\n\r\n`);
        socket.write(body);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });

  afterEach(() => {
    server.close();
  });

  test('its taker hears every 16 MB at least, and once more near its end', async () => {
    const { port } = server.address() as AddressInfo;
    const origin = { isTls: false, hostname: '127.0.0.1', port };
    const connection = openBestConnection({})(origin, 5_000, {});
    const hasher = await nativeEngine().engine!.createHasher(['sha1']);
    const reports: number[] = [];

    await connection.request('GET / HTTP/1.1\r\n\r\n');
    await connection.drain({
      onBytes: () => {
        throw new Error('bytes came to JavaScript');
      },
      direct: () => hasher.native,
      onHashed: (byteCount) => reports.push(byteCount),
    });
    connection.destroy();

    const left = reports.map((_, index) => SIZE - reports.slice(0, index + 1).reduce((a, b) => a + b, 0));
    expect(Math.max(...reports)).toBeLessThanOrEqual(16 * MIB);
    expect(left).toContain(NEAR_END_BYTES);
    expect(left.at(-1)).toBe(0);
    expect(hasher.digests()).toEqual({ sha1: createHash('sha1').update(body).digest('hex') });
  });
});
