import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { MidstateError } from '../../src/core/failures.js';
import type { ChunksRequest, RangeReader } from '../../src/core/ports.js';
import { chunksOf } from '../../src/core/ranges.js';
import { createS3Client } from '../../src/storage/aws-clients.js';
import { BufferPool } from '../../src/storage/read-ahead/buffer-pool.js';
import { createS3RangeReader } from '../../src/storage/s3-range-reader.js';
import { createGate, eventually } from '../setup/eventually.js';
import { answerAt, heldAnswer, OpenConnections } from './chunk-answers.js';
import { over } from './s3-shaped/reading-stage.js';
import { errorAnswer, partialAnswer, S3ShapedServer } from './s3-shaped-server.js';

const CHUNK = 160_000;
const CHUNKS = 8;
/** The last chunk is a short one. */
const SIZE = (CHUNKS - 1) * CHUNK + 77_777;
/** Where a test holds up the server itself. */
const PATIENCE_MS = 10_000;
/** Where the reader is to lose patience. */
const IDLE_TIMEOUT_MS = 500;
const CONNECTIONS = 4;
const BUFFERS = CONNECTIONS - 2;

let server: S3ShapedServer;
let createReader: (connections: number, buffers: number, idleTimeoutMs?: number) => RangeReader;
let close: () => void;
const delivered: Buffer[] = [];
let received = 0;

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
    idleTimeoutMs: PATIENCE_MS,
    connections: 4,
    ...over,
  });
  createReader = (connectionsPerObject, buffers, idleTimeoutMs = PATIENCE_MS) =>
    createS3RangeReader(client, {
      idleTimeoutMs,
      maxFaults: 3,
      backoffMs: 1,
      connectionsPerObject,
      pool: new BufferPool(CHUNK, buffers * CHUNK),
    });
  close = () => {
    client.destroy();
  };
  delivered.length = 0;
  received = 0;
});

afterEach(async () => {
  close();
  await server.stop();
  vi.unstubAllEnvs();
});

const deliveredBytes = () => delivered.reduce((sum, { length }) => sum + length, 0);

function read(reader: RangeReader, request: Partial<ChunksRequest> = {}): Promise<'whole' | 'stopped'> {
  const { signal } = new AbortController();
  const { object } = server;
  const chunks = chunksOf({ startByte: 0, endByteExclusive: SIZE }, CHUNK, ['sha1']);
  return reader.readChunks(
    { object, chunks, signal, ...request },
    {
      onReceived: (byteCount) => (received += byteCount),
      onBytes: (bytes) => delivered.push(Buffer.from(bytes)),
    },
  );
}

async function failureOf(reading: Promise<unknown>): Promise<string> {
  const failure: unknown = await reading.then(
    () => 'none',
    (error: unknown) => error,
  );
  return failure instanceof MidstateError ? failure.failure : String(failure);
}

function expectWhole(): void {
  expect(Buffer.concat(delivered).equals(server.bytes)).toBe(true);
  expect(received).toBe(SIZE);
}

/** The starts of the requests seen, in order of their bytes. */
function startsSeen(): number[] {
  return server.seen.map(({ startByte }) => startByte).sort((a, b) => a - b);
}

const CHUNK_STARTS = Array.from({ length: CHUNKS }, (_, chunk) => chunk * CHUNK);

/** Resolves when the server has seen `count` requests. */
const requestsSeen = (count: number) =>
  eventually(() => server.seen.length >= count, {
    what: `${count} requests`,
    intervalMs: 5,
    timeoutMs: 5_000,
  });

describe.each([
  { what: 'asking one chunk ahead', connections: 2, buffers: 0 },
  { what: 'reading ahead', connections: CONNECTIONS, buffers: BUFFERS },
])('$what', ({ connections, buffers }) => {
  test('delivers the object with one request a chunk, on no more connections than allowed', async () => {
    const open = new OpenConnections();
    let most = 0;
    const watched = open.watch(server.always);
    server.always = (response, request, its) => {
      watched(response, request, its);
      most = Math.max(most, open.count);
    };

    expect(await read(createReader(connections, buffers))).toBe('whole');

    expectWhole();
    expect(startsSeen()).toEqual(CHUNK_STARTS);
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(connections);
  });

  test('sends the next request while the body before it is under way', async () => {
    const gate = createGate();
    answerAt(server, 0, heldAnswer(1_000, gate.opened));

    const reading = read(createReader(connections, buffers));
    await requestsSeen(connections);
    expect(deliveredBytes()).toBeLessThanOrEqual(1_000);
    gate.open();

    expect(await reading).toBe('whole');
    expectWhole();
    expect(startsSeen()).toEqual(CHUNK_STARTS);
  });

  test('lets a body wait for its turn longer than the idle timeout, and asks for nothing again', async () => {
    server.next((response, request) => {
      server.head(response, request);
      void (async () => {
        for (let from = 0; from < CHUNK; from += CHUNK / 8) {
          response.write(server.body(request).subarray(from, from + CHUNK / 8));
          await delay(IDLE_TIMEOUT_MS / 3);
        }
        response.end();
      })();
    });

    expect(await read(createReader(connections, buffers, IDLE_TIMEOUT_MS))).toBe('whole');

    expectWhole();
    expect(startsSeen()).toEqual(CHUNK_STARTS);
  });

  test('goes on from the exact byte when a body that waits for its turn is cut', async () => {
    const gate = createGate();
    answerAt(server, 0, heldAnswer(1_000, gate.opened));
    answerAt(
      server,
      CHUNK,
      partialAnswer(50_000, (response) => {
        response.destroy();
        setTimeout(() => {
          gate.open();
        }, 50);
      }),
    );

    expect(await read(createReader(connections, buffers))).toBe('whole');

    expectWhole();
    const resumed = startsSeen().filter((start) => !CHUNK_STARTS.includes(start));
    expect(resumed).toHaveLength(1);
    expect(resumed[0]).toBeGreaterThan(CHUNK);
    expect(resumed[0]).toBeLessThanOrEqual(CHUNK + 50_000);
  });

  test('goes on from the exact byte when a body asked for ahead stands still', async () => {
    answerAt(
      server,
      2 * CHUNK,
      partialAnswer(50_000, () => undefined),
    );

    expect(await read(createReader(connections, buffers, IDLE_TIMEOUT_MS))).toBe('whole');

    expectWhole();
    expect(startsSeen()).toEqual([...CHUNK_STARTS, 2 * CHUNK + 50_000].sort((a, b) => a - b));
  });

  test('costs a request, and no fault of the read, when a request ahead is refused for a while', async () => {
    const slowDown = errorAnswer(503, 'SlowDown');
    // The SDK's three attempts, each sent again by the SDK's own handler where the lean one does not take it.
    answerAt(server, CHUNK, ...Array.from({ length: 6 }, () => slowDown));

    expect(await read(createReader(connections, buffers))).toBe('whole');
    expectWhole();
  });

  test('delivers all before the chunk that fails for good, and nothing after it', async () => {
    answerAt(server, 3 * CHUNK, ...Array.from({ length: 9 }, () => errorAnswer(403, 'AccessDenied')));

    expect(await failureOf(read(createReader(connections, buffers)))).toBe('AccessDenied');
    expect(Buffer.concat(delivered).equals(server.bytes.subarray(0, 3 * CHUNK))).toBe(true);
  });

  test('never mixes two versions of an object', async () => {
    const { object, bytes } = server;
    const reader = createReader(connections, buffers);
    answerAt(server, CHUNK, (response, request) => {
      server.head(response, request);
      response.end(server.body(request));
      server.bytes = randomBytes(SIZE);
    });

    expect(await failureOf(read(reader, { object }))).toBe('ObjectChanged');
    expect(Buffer.concat(delivered).equals(bytes.subarray(0, deliveredBytes()))).toBe(true);
    expect(deliveredBytes()).toBeLessThan(SIZE);
  });

  test('closes every connection when it is aborted', async () => {
    const reason = new Error('stop now');
    const controller = new AbortController();
    const open = new OpenConnections();
    const gate = createGate();
    server.always = open.watch(heldAnswer(1_000, gate.opened));

    const reading = read(createReader(connections, buffers), { signal: controller.signal });
    await requestsSeen(connections);
    controller.abort(reason);

    await expect(reading).rejects.toBe(reason);
    await eventually(() => open.count === 0, { what: 'no connection', intervalMs: 5, timeoutMs: 2_000 });
    gate.open();
  });

  test.each([1, 30])(
    'ends with what whoever takes the bytes throws at call %d, though no failure of midstate',
    async (at) => {
      const broken = new TypeError('hasher broke');
      const reader = createReader(connections, buffers);
      const chunks = chunksOf({ startByte: 0, endByteExclusive: SIZE }, CHUNK / 10, ['sha1']);
      let calls = 0;

      const reading = reader.readChunks(
        { object: server.object, chunks, signal: new AbortController().signal },
        {
          onBytes: () => {
            if (++calls === at) throw broken;
          },
        },
      );

      await expect(reading).rejects.toBe(broken);
      expect(calls).toBe(at);
    },
  );
});

test('a body that waits for its turn stays out of this process: the server cannot get it out', async () => {
  const chunkBytes = 16_000_000;
  server.bytes = Buffer.alloc(2 * chunkBytes, 'midstate');
  const gate = createGate();
  let unsentBytes = () => 0;
  answerAt(server, 0, heldAnswer(1_000, gate.opened));
  const { always } = server;
  answerAt(server, chunkBytes, (response, request, its) => {
    always(response, request, its);
    unsentBytes = () => (response as { socket: Socket | null }).socket?.writableLength ?? 0;
  });
  const { object } = server;
  const chunks = chunksOf({ startByte: 0, endByteExclusive: 2 * chunkBytes }, chunkBytes, ['sha1']);

  const reading = read(createReader(2, 0), { object, chunks });
  await requestsSeen(2);
  let before = 0;
  // Until the kernel's buffers, its and ours, are full.
  const unsent = await eventually(
    () => {
      const [earlier, now] = [before, unsentBytes()];
      before = now;
      return now > 0 && now === earlier ? now : false;
    },
    { what: 'a server that cannot go on', intervalMs: 50, timeoutMs: 5_000 },
  );
  expect(unsent).toBeGreaterThan(chunkBytes / 4);
  gate.open();

  expect(await reading).toBe('whole');
  expect(Buffer.concat(delivered).equals(server.bytes)).toBe(true);
});

test.each([
  { connections: 2, buffers: 0 },
  { connections: CONNECTIONS, buffers: BUFFERS },
])('a stop delivers all that was asked for, so that nothing is asked for twice: %j', async (setting) => {
  const { connections, buffers } = setting;
  const gate = createGate();
  let isStopping = false;
  answerAt(server, 0, heldAnswer(1_000, gate.opened));
  answerAt(server, CHUNK, heldAnswer(60_000, gate.opened));

  const reading = read(createReader(connections, buffers), { shouldStop: () => isStopping });
  await requestsSeen(connections);
  isStopping = true;
  gate.open();

  expect(await reading).toBe('stopped');
  expect(deliveredBytes()).toBe(connections * CHUNK);
  expect(received).toBe(deliveredBytes());
  expect(startsSeen()).toEqual(CHUNK_STARTS.slice(0, connections));
});
