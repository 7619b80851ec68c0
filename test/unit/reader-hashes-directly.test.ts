// Bytes that are hashed where they arrive, and never come to JavaScript; first through all that befalls a reader.
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Algorithm } from '../../src/core/algorithms.js';
import type { Midstate } from '../../src/core/contracts.js';
import { nativeEngine, portableEngine, threadedNativeEngine } from '../../src/hashing/index.js';
import { inPiecesOf, stallAt } from './s3-shaped/body-faults.js';
import {
  boundsOf,
  CHUNK_BYTES,
  CHUNK_COUNT,
  directSink,
  hashing,
  LONG_PATIENCE,
  openReadingStage,
  SIZE_BYTES,
  type ReadingStage,
} from './s3-shaped/reading-stage.js';

hashing.isDirect = true;

describe('hashed directly', async () => {
  await import('./reader-recovers.test.js');
});

const native = nativeEngine();
const CHUNKS = Array.from({ length: CHUNK_COUNT }, (_, chunk) => rangeOf(...boundsOf(chunk)));

function rangeOf(startByte: number, endByteExclusive: number) {
  return { startByte, endByteExclusive };
}

/** What the portable engine makes of the rest, from midstates that were taken on the way. */
async function finishPortably(algorithms: readonly Algorithm[], midstates: readonly Midstate[]) {
  const hasher = await portableEngine.createHasher(algorithms, midstates);
  hasher.update(stage.server.bytes.subarray(hasher.bytesHashed));
  return hasher.digests();
}

function digestOf(algorithm: string): string {
  return createHash(algorithm).update(stage.server.bytes).digest('hex');
}

let stage: ReadingStage;

describe.skipIf(native.addon === undefined)('a body that is hashed where it arrives', () => {
  beforeEach(async () => {
    stage = await openReadingStage(LONG_PATIENCE);
  });

  afterEach(async () => {
    await stage.close();
    vi.unstubAllEnvs();
  });

  const { signal } = new AbortController();

  test('never comes to JavaScript', async () => {
    const hasher = await native.engine!.createHasher(['sha1']);
    const onBytes = vi.fn();

    const { object } = stage.server;
    await stage.reader.readChunks({ object, chunks: CHUNKS, signal }, { hasher, onBytes });

    expect(onBytes).not.toHaveBeenCalled();
    expect(hasher.digests()).toEqual({ sha1: digestOf('sha1') });
  });

  test('gives midstates on the way from which the portable engine comes to the same digests', async () => {
    const { server, reader } = stage;
    const algorithms = ['sha1', 'sha512', 'crc64nvme'] as const;
    const hasher = await native.engine!.createHasher(algorithms);
    // Off the boundaries of blocks, so that bytes are held back from chunk to chunk.
    const chunks = [rangeOf(0, 100_001), rangeOf(100_001, 100_002), rangeOf(100_002, SIZE_BYTES)];
    const taken: Midstate[][] = [];
    server.always = inPiecesOf(7_777);

    const timer = setInterval(() => taken.push(hasher.midstates()), 1);
    const sink = directSink(server, hasher);
    const whole = await reader.readChunks({ object: server.object, chunks, signal }, sink);
    clearInterval(timer);

    const digests = hasher.digests();
    expect(whole).toBe('whole');
    expect(digests).toMatchObject({ sha1: digestOf('sha1'), sha512: digestOf('sha512') });
    expect(server.delivered).toBe(SIZE_BYTES);
    expect(taken.length).toBeGreaterThan(0);
    for (const midstates of taken) expect(await finishPortably(algorithms, midstates)).toEqual(digests);
  });

  test('is hashed by several algorithms on several threads', async () => {
    const { engine } = threadedNativeEngine(3);
    const hasher = await engine!.createHasher(['md5', 'sha1', 'sha256', 'crc32c']);

    const { object } = stage.server;
    await stage.reader.readChunks({ object, chunks: CHUNKS, signal }, directSink(stage.server, hasher));

    expect(hasher.digests()).toMatchObject({
      md5: digestOf('md5'),
      sha1: digestOf('sha1'),
      sha256: digestOf('sha256'),
    });
  });

  test('leaves midstates that another engine goes on from when the read is aborted', async () => {
    const { server, reader } = stage;
    const controller = new AbortController();
    const reason = new Error('stop now');
    const hasher = await native.engine!.createHasher(['sha1']);
    server.always = stallAt((length) => length - 5);

    const reading = reader.readChunks(
      { object: server.object, chunks: CHUNKS, signal: controller.signal },
      {
        ...directSink(server, hasher),
        onReceived: () => {
          controller.abort(reason);
        },
      },
    );

    await expect(reading).rejects.toBe(reason);
    expect(hasher.bytesHashed).toBeGreaterThan(0);
    expect(await finishPortably(['sha1'], hasher.midstates())).toEqual({ sha1: digestOf('sha1') });
  });

  test('can be given bytes by hand again once the read was given up', async () => {
    const { server, reader } = stage;
    const controller = new AbortController();
    const hasher = await native.engine!.createHasher(['sha1']);
    server.always = stallAt(() => 100_000);

    const chunks = [rangeOf(0, SIZE_BYTES)];
    const reading = reader.readChunks(
      { object: server.object, chunks, signal: controller.signal },
      directSink(server, hasher),
    );
    await vi.waitFor(() => {
      expect(hasher.bytesHashed).toBeGreaterThan(0);
    });
    controller.abort();

    await expect(reading).rejects.toThrow('abort');
    hasher.update(server.bytes.subarray(server.delivered));
    expect(hasher.digests()).toEqual({ sha1: digestOf('sha1') });
  });

  test.each([1, 2])('ends the read when it cannot be counted, with %d GETs at once', async (connections) => {
    const ahead = await openReadingStage(LONG_PATIENCE, undefined, { connectionsPerObject: connections });
    const hasher = await native.engine!.createHasher(['sha1']);
    let received = 0;

    const reading = ahead.reader.readChunks(
      { object: ahead.server.object, chunks: CHUNKS, signal },
      {
        ...directSink(ahead.server, hasher),
        onReceived: (byteCount) => {
          received += byteCount;
          if (received > CHUNK_BYTES) throw new Error('the disk is full');
        },
      },
    );

    await expect(reading).rejects.toThrow('the disk is full');
    expect(hasher.bytesHashed).toBe(received - (received % 64));
    await ahead.close();
  });

  test('of an algorithm that the addon has not goes through JavaScript', async () => {
    const hasher = await native.engine!.createHasher(['blake3']);

    const { object } = stage.server;
    await stage.reader.readChunks({ object, chunks: CHUNKS, signal }, directSink(stage.server, hasher));

    const whole = await portableEngine.createHasher(['blake3']);
    whole.update(stage.server.bytes);
    expect(hasher.digests()).toEqual(whole.digests());
  });
});
