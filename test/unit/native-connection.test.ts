import { createServer, type AddressInfo, type Server } from 'node:net';
import { rootCertificates } from 'node:tls';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  loadNativeAddon,
  OUTCOME,
  type NativeBounds,
  type NativeHash,
  type NativeIntake,
  type NativeTarget,
} from '../../src/native/native-addon.js';

const loaded = loadNativeAddon();
const BOUNDS: NativeBounds = { limit: 9, missing: 9, patienceMs: 1 };

describe.skipIf(loaded.addon === undefined)("a connection of the addon's", () => {
  const addon = loaded.addon!;
  let server: Server;
  let port: number;
  let answer = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello';

  beforeEach(async () => {
    server = createServer((socket) => {
      socket.on('data', () => socket.write(answer)).on('error', () => undefined);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    ({ port } = server.address() as AddressInfo);
  });

  afterEach(() => {
    server.close();
  });

  async function open() {
    const connection = addon.openConnection();
    await addon.connect(connection, { addresses: ['127.0.0.1'], port });
    return connection;
  }

  test('takes the address that answers', async () => {
    const connection = addon.openConnection();

    const { outcome } = await addon.connect(connection, { addresses: ['::1', '127.0.0.1'], port });

    expect(outcome).toBe(OUTCOME.done);
    addon.closeConnection(connection);
  });

  test('is connected once', async () => {
    const connection = await open();

    const again = await addon.connect(connection, { addresses: ['127.0.0.1'], port });

    expect(again.outcome).toBe(OUTCOME.failed);
    addon.closeConnection(connection);
  });

  test('says which fault it met', async () => {
    server.close();
    const connection = addon.openConnection();

    const { outcome, fault } = await addon.connect(connection, { addresses: ['127.0.0.1'], port });

    expect({ outcome, isRefused: fault > 0 }).toEqual({ outcome: OUTCOME.failed, isRefused: true });
    addon.closeConnection(connection);
  });

  test('gives heads and bodies, one after the other', async () => {
    const connection = await open();
    for (let i = 0; i < 3; i++) {
      const { outcome, head } = await addon.request(connection, 'GET / HTTP/1.1\r\n\r\n');
      expect({ outcome, head }).toEqual({
        outcome: OUTCOME.done,
        head: 'HTTP/1.1 200 OK\r\nContent-Length: 5',
      });
      const buffer = Buffer.alloc(5);
      expect(
        await addon.fillBody(connection, buffer, { limit: 5, missing: 5, patienceMs: 100 }),
      ).toMatchObject({
        outcome: OUTCOME.done,
        taken: 5,
      });
      expect(buffer.toString()).toBe('hello');
    }
    addon.closeConnection(connection);
  });

  test('tells of bytes behind a body', async () => {
    answer += 'again';
    const connection = await open();
    await addon.request(connection, 'GET / HTTP/1.1\r\n\r\n');

    const { outcome } = await addon.fillBody(connection, Buffer.alloc(5), {
      limit: 5,
      missing: 5,
      patienceMs: 100,
    });

    expect(outcome).toBe(OUTCOME.surplus);
    addon.closeConnection(connection);
  });

  test('does one thing at a time, and nothing once it is closed', async () => {
    const connection = await open();
    const first = addon.request(connection, 'GET / HTTP/1.1\r\n\r\n');
    expect(() => addon.request(connection, 'GET / HTTP/1.1\r\n\r\n')).toThrow('does nothing else');
    await first;
    addon.closeConnection(connection);
    addon.closeConnection(connection);

    expect(() => addon.request(connection, 'GET / HTTP/1.1\r\n\r\n')).toThrow('expected an open one');
  });

  test('ends what it waits for when it is closed', async () => {
    const connection = await open();
    await addon.request(connection, 'GET / HTTP/1.1\r\n\r\n');
    const waiting = addon.fillBody(connection, Buffer.alloc(9), { ...BOUNDS, patienceMs: 60_000 });

    addon.closeConnection(connection);

    expect(await waiting).toMatchObject({ outcome: OUTCOME.stopped });
  });

  test('keeps hashes to itself while they take a body, and gives them back as they were when it is closed', async () => {
    const [taking, alone] = [addon.create('sha1'), addon.create('sha1')];
    const connection = await open();
    await addon.request(connection, 'GET / HTTP/1.1\r\n\r\n');
    const waiting = addon.hashBody(connection, intakeOf([taking]), { ...BOUNDS, patienceMs: 60_000 });

    expect(() => {
      addon.update(taking, new Uint8Array(64));
    }).toThrow('while it takes those of a body');
    expect(() => addon.digest(taking)).toThrow('while it takes those of a body');
    expect(addon.state(taking)).toEqual(addon.state(alone));

    addon.closeConnection(connection);
    expect(addon.digest(taking)).toEqual(addon.digest(alone));
    expect(await waiting).toMatchObject({ outcome: OUTCOME.stopped });
  });

  const connect = (target: Partial<NativeTarget>) =>
    addon.connect(addon.openConnection(), { addresses: ['127.0.0.1'], port: 80, ...target });
  const fill = (buffer: Uint8Array, bounds: Partial<NativeBounds>) =>
    addon.fillBody(addon.openConnection(), buffer, { limit: 9, missing: 9, patienceMs: 1, ...bounds });
  const hashInto = (intake: Partial<NativeIntake>) =>
    addon.hashBody(addon.openConnection(), { ...intakeOf([addon.create('sha1')]), ...intake }, BOUNDS);

  const misuses: readonly (readonly [string, () => unknown])[] = [
    ['connection: expected what', () => addon.request({} as never, '')],
    ['connection: expected what', () => addon.request(addon.create('sha1') as never, '')],
    ['addresses: expected', () => connect({ addresses: ['localhost'] })],
    ['addresses: expected', () => addon.connect(addon.openConnection(), { port: 80 } as never)],
    ['port: expected', () => connect({ port: 0 })],
    ['trust: expected', () => connect({ trust: {} as never })],
    ['host: expected', () => connect({ trust: addon.createTrust(rootCertificates) })],
    ['request: expected', () => addon.request(addon.openConnection(), 1 as never)],
    ['bounds: expected', () => fill(Buffer.alloc(9), { missing: 8 })],
    ['room for limit bytes', () => fill(Buffer.alloc(8), {})],
    ['buffer: expected a Uint8Array', () => fill('x' as never, {})],
    ['hashes: expected an array', () => hashInto({ hashes: addon.create('sha1') as never })],
    ['threads, alignmentBytes: expected', () => hashInto({ threads: 0 })],
    ['threads, alignmentBytes: expected', () => hashInto({ alignmentBytes: 2_048 })],
    ['heldBack: expected', () => hashInto({ heldBack: Buffer.alloc(64) })],
    ['certificates: expected', () => addon.createTrust(['no certificate'])],
    ['certificates: expected', () => addon.createTrust('x' as never)],
  ];

  test.each(misuses)('refuses with "%s …" what it cannot use', (message, misuse) => {
    expect(misuse).toThrow(message);
  });
});

function intakeOf(hashes: readonly NativeHash[]): NativeIntake {
  return { hashes, threads: 1, alignmentBytes: 64, heldBack: new Uint8Array(0) };
}
