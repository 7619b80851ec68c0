import { createHash } from 'node:crypto';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { nativeEngine } from '../../src/hashing/native-engine.js';
import { loadNativeAddon } from '../../src/native/native-addon.js';
import type { ReportWithin } from '../../src/storage/lean-http/http-connection.js';
import { openBestConnection } from '../../src/storage/lean-http/open-connection.js';

const MIB = 1024 * 1024;
const SIZE = 68 * MIB;

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

  /** The sizes of the reports. */
  async function reportsOf(reportWithin: () => ReportWithin): Promise<number[]> {
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
      reportWithin,
    });
    connection.destroy();

    expect(hasher.digests()).toEqual({ sha1: createHash('sha1').update(body).digest('hex') });
    return reports;
  }

  test('its taker hears of 32 MB at once, if it does not ask for more', async () => {
    const reports = await reportsOf(() => ({ ms: 60_000, bytes: Infinity }));

    expect(reports).toEqual([32 * MIB, 32 * MIB, 4 * MIB]);
  });

  test('its taker hears after the bytes it asks for', async () => {
    const wanted = [5 * MIB, 3 * MIB];
    const reports = await reportsOf(() => ({ ms: 60_000, bytes: wanted.shift() ?? Infinity }));

    expect(reports).toEqual([5 * MIB, 3 * MIB, 32 * MIB, 28 * MIB]);
  });

  test('its taker hears after the time it asks for, of what there is by then', async () => {
    const reports = await reportsOf(() => ({ ms: 1, bytes: Infinity }));

    expect(reports.length).toBeGreaterThan(3);
    expect(reports.reduce((a, b) => a + b, 0)).toBe(SIZE);
  });
});
