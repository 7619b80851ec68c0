import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { ChunksRequest } from '../../src/core/ports.js';
import { chunksOf } from '../../src/core/ranges.js';
import { BufferPool } from '../../src/storage/read-ahead/buffer-pool.js';
import { readChunks } from '../../src/storage/read-ahead/read-chunks.js';
import { FakeChunkSource } from '../fakes/fake-chunk-source.js';
import { createGate } from '../setup/eventually.js';

const CHUNK = 1_280;
const SIZE = 10 * CHUNK + 77;
const OBJECT = { bucket: 'bucket', key: 'key', etag: 'etag', sizeBytes: SIZE };

function testBytes(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index * 31 + (index >> 8) * 7) % 251);
}

/** A read over `SIZE` bytes that keeps what it is given. */
function createStage(connections: number, buffers: number) {
  const bytes = testBytes(SIZE);
  const source = new FakeChunkSource(bytes);
  const pool = new BufferPool(CHUNK, buffers * CHUNK);
  const delivered: Uint8Array[] = [];
  const stage = {
    bytes,
    source,
    pool,
    received: 0,
    get delivered(): Buffer {
      return Buffer.concat(delivered);
    },
    get deliveredBytes(): number {
      return delivered.reduce((sum, { length }) => sum + length, 0);
    },
    onBytes: (piece: Uint8Array) => {
      delivered.push(Uint8Array.from(piece));
    },
    read: (request: Partial<ChunksRequest> = {}) =>
      readChunks(
        source,
        { connections, pool },
        {
          object: OBJECT,
          chunks: chunksOf({ startByte: 0, endByteExclusive: SIZE }, CHUNK, ['sha1']),
          signal: new AbortController().signal,
          ...request,
        },
        {
          onReceived: (byteCount) => (stage.received += byteCount),
          onBytes: (piece) => {
            stage.onBytes(piece);
          },
        },
      ),
  };
  return stage;
}

type Stage = ReturnType<typeof createStage>;

/** All buffers the pool may have are there to be taken. */
function expectAllReturned({ pool }: Stage, buffers: number): void {
  const taken = Array.from({ length: buffers }, () => pool.tryTake(CHUNK));
  expect(taken.every((buffer) => buffer !== undefined)).toBe(true);
  expect(new Set(taken).size).toBe(buffers);
  expect(pool.tryTake(CHUNK)).toBeUndefined();
}

/** Waits until the event loop has nothing left to do. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await nextTurn();
}

/** Mulberry32: numbers in [0, 1) that a seed repeats. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe.each([
  { connections: 1, buffers: 0 },
  { connections: 1, buffers: 2 },
  { connections: 2, buffers: 0 },
  { connections: 2, buffers: 1 },
  { connections: 4, buffers: 1 },
  { connections: 4, buffers: 3 },
  { connections: 8, buffers: 16 },
])('with $connections connections and $buffers buffers', ({ connections, buffers }) => {
  test('delivers each byte once and in order, whenever bodies arrive, break or never come', async () => {
    for (let seed = 1; seed <= 60; seed++) {
      const random = createRandom(seed);
      const stage = createStage(connections, buffers);
      const someTurns = async () => {
        for (let turn = Math.floor(random() * 6); turn > 0; turn--) await nextTurn();
      };
      stage.source.onAsk = async () => {
        await someTurns();
        if (random() < 0.1) throw new Error('no answer');
      };
      stage.source.onDrain = async ({ startByte, endByteExclusive }, send) => {
        for (let missing = endByteExclusive - startByte; missing > 0;) {
          await someTurns();
          if (random() < 0.05) throw new Error('broke');
          const byteCount = Math.min(1 + Math.floor(random() * 700), missing);
          missing -= byteCount;
          send(byteCount);
        }
      };

      expect(await stage.read()).toBe('whole');
      expect(stage.delivered.equals(stage.bytes)).toBe(true);
      expect(stage.received).toBe(SIZE);
      expect(stage.source.mostOpenBodies).toBeLessThanOrEqual(Math.min(connections, buffers + 2));
      expect(stage.source.openBodies).toBe(0);
      expect(stage.pool.allocatedBytes).toBeLessThanOrEqual(buffers * CHUNK);
      expectAllReturned(stage, buffers);
    }
  });

  test('asks for nothing twice when nothing fails', async () => {
    const { source, read } = createStage(connections, buffers);

    await read();

    const ranges = source.calls.map((call) => call.split(' ')[1]);
    expect(new Set(ranges).size).toBe(ranges.length);
    expect(ranges).toHaveLength(11);
  });
});

describe('reading ahead', () => {
  test('asks for nothing ahead with one connection', async () => {
    const { source, read } = createStage(1, 4);

    await read();

    expect(source.calls.every((call) => call.startsWith('read '))).toBe(true);
  });

  test('asks for the next chunk while the one before it is still being delivered', async () => {
    const stage = createStage(2, 0);
    let callsAtFirstByte: string[] = [];
    stage.onBytes = () => {
      if (callsAtFirstByte.length === 0) callsAtFirstByte = [...stage.source.calls];
    };

    await stage.read();

    expect(callsAtFirstByte).toEqual([`read 0-${CHUNK}`, `ask ${CHUNK}-${2 * CHUNK}`]);
  });

  test.each([
    { what: 'that is waited for: each chunk but the first is asked for ahead', hashedWaits: 9, asked: 10 },
    { what: 'that is not: none is, once that is known', hashedWaits: 0, asked: 1 },
  ])('of a body hashed as it arrives $what', async ({ hashedWaits, asked }) => {
    const stage = createStage(2, 0);
    Object.assign(stage.source, { hashedWaits, roundTrip: 0 });

    expect(await stage.read()).toBe('whole');

    expect(stage.received).toBe(SIZE);
    expect(stage.source.calls.filter((call) => call.startsWith('ask'))).toHaveLength(asked);
    expect(stage.source.calls).toHaveLength(11);
  });

  test('takes nothing of a body into memory without a buffer, until its turn comes', async () => {
    const stage = createStage(4, 0);
    const drained: number[] = [];
    stage.source.onDrain = (request, send) => {
      drained.push(request.startByte);
      expect(stage.deliveredBytes).toBe(request.startByte);
      send(CHUNK);
    };

    await stage.read();

    expect(drained).toHaveLength(10);
  });

  test('shares its buffers among objects that are read at once, and none waits for another', async () => {
    const stages = [createStage(8, 3), createStage(8, 3), createStage(8, 3)];
    const pool = new BufferPool(CHUNK, 3 * CHUNK);
    const settings = { connections: 8, pool };

    const ends = await Promise.all(
      stages.map((stage) =>
        readChunks(
          stage.source,
          settings,
          {
            object: OBJECT,
            chunks: chunksOf({ startByte: 0, endByteExclusive: SIZE }, CHUNK, ['sha1']),
            signal: new AbortController().signal,
          },
          stage,
        ),
      ),
    );

    expect(ends).toEqual(['whole', 'whole', 'whole']);
    for (const stage of stages) expect(stage.delivered.equals(stage.bytes)).toBe(true);
    expect(pool.allocatedBytes).toBeLessThanOrEqual(3 * CHUNK);
  });

  test('delivers a chunk larger than a buffer without one', async () => {
    const stage = createStage(4, 3);
    const chunks = chunksOf({ startByte: 0, endByteExclusive: 10 * CHUNK }, 2 * CHUNK, ['sha1']);

    expect(await stage.read({ chunks })).toBe('whole');
    expect(stage.delivered.equals(stage.bytes.subarray(0, 10 * CHUNK))).toBe(true);
    expect(stage.pool.allocatedBytes).toBe(0);
  });

  test('reads a chunk that broke ahead of its turn on from the exact byte', async () => {
    const stage = createStage(3, 1);
    stage.source.onDrain = (request, send) => {
      send(request.startByte === CHUNK ? 500 : request.endByteExclusive - request.startByte);
    };

    await stage.read();

    expect(stage.delivered.equals(stage.bytes)).toBe(true);
    expect(stage.source.calls).toContain(`read ${CHUNK + 500}-${2 * CHUNK}`);
    expect(stage.received).toBe(SIZE);
  });
});

describe('a stop', () => {
  test('before the first chunk reads nothing', async () => {
    const stage = createStage(4, 3);

    expect(await stage.read({ shouldStop: () => true })).toBe('stopped');
    expect(stage.source.calls).toEqual([]);
  });

  test('when nothing is left to read is none', async () => {
    const stage = createStage(4, 3);

    expect(await stage.read({ chunks: [], shouldStop: () => true })).toBe('whole');
  });

  test('in the last chunk is none', async () => {
    const stage = createStage(2, 0);

    expect(await stage.read({ shouldStop: () => stage.deliveredBytes === SIZE })).toBe('whole');
  });

  test.each([
    { connections: 1, buffers: 0 },
    { connections: 2, buffers: 0 },
    { connections: 4, buffers: 2 },
  ])('delivers all that was asked for, and asks for nothing more: %j', async ({ connections, buffers }) => {
    const stage = createStage(connections, buffers);
    stage.source.onDrain = async (request, send) => {
      send(100);
      await settle();
      send(request.endByteExclusive - request.startByte - 100);
    };
    let callsAtStop = Infinity;
    const shouldStop = () => {
      if (stage.deliveredBytes < 2 * CHUNK) return false;
      callsAtStop = Math.min(callsAtStop, stage.source.calls.length);
      return true;
    };

    expect(await stage.read({ shouldStop })).toBe('stopped');
    expect(stage.source.calls).toHaveLength(callsAtStop);
    expect(stage.deliveredBytes).toBe(callsAtStop * CHUNK);
    expect(stage.delivered.equals(stage.bytes.subarray(0, callsAtStop * CHUNK))).toBe(true);
    expect(stage.received).toBe(stage.deliveredBytes);
    expectAllReturned(stage, buffers);
  });
});

describe('an abort', () => {
  const reason = new Error('stop now');

  test.each([
    ['an answer', 'onAsk'],
    ['a body', 'onDrain'],
  ] as const)(
    'while it waits for %s ends the read at once, closes everything, returns buffers',
    async (_, hook) => {
      const stage = createStage(4, 3);
      const controller = new AbortController();
      const everyoneWaits = createGate();
      let waiting = 0;
      stage.source[hook] = () => {
        if (++waiting === 3) everyoneWaits.open();
        return new Promise(() => undefined);
      };

      const reading = stage.read({ signal: controller.signal });
      await everyoneWaits.opened;
      controller.abort(reason);

      await expect(reading).rejects.toBe(reason);
      await settle();
      expect(stage.source.openBodies).toBe(0);
      expectAllReturned(stage, 3);
    },
  );

  test('counts what was received and not delivered', async () => {
    const stage = createStage(3, 2);
    const controller = new AbortController();
    stage.source.onDrain = async (request, send) => {
      send(300);
      if (request.startByte === 2 * CHUNK) controller.abort(reason);
      await new Promise(() => undefined);
    };

    await expect(stage.read({ signal: controller.signal })).rejects.toBe(reason);
    expect(stage.deliveredBytes).toBeLessThanOrEqual(CHUNK + 300);
    expect(stage.received).toBe(CHUNK + 600);
  });

  test('leaves no listener behind on a signal that outlives the read', async () => {
    const { signal } = new AbortController();
    const listeners = { added: 0, removed: 0 };
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      listeners.added++;
      add(...args);
    };
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      listeners.removed++;
      remove(...args);
    };

    await createStage(4, 3).read({ signal });

    expect(listeners).toEqual({ added: 1, removed: 1 });
  });
});

describe('a failure of whoever takes the bytes', () => {
  test.each([0, 1, 3, 6])('at chunk %d ends the read with it, and closes everything', async (at) => {
    const stage = createStage(4, 3);
    const failure = new Error('hasher broke');
    const { onBytes } = stage;
    stage.onBytes = (piece) => {
      if (stage.deliveredBytes >= at * CHUNK) throw failure;
      onBytes(piece);
    };
    stage.source.onDrain = async (request, send) => {
      send(200);
      await nextTurn();
      send(request.endByteExclusive - request.startByte - 200);
    };

    await expect(stage.read()).rejects.toBe(failure);
    expect(stage.delivered.equals(stage.bytes.subarray(0, stage.deliveredBytes))).toBe(true);
    await settle();
    expect(stage.source.openBodies).toBe(0);
    expectAllReturned(stage, 3);
  });
});
