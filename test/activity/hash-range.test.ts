import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Algorithm } from '../../src/core/algorithms.js';
import { oneShot } from '../unit/hashing-engines.js';
import { CHUNK, createAttempt, createBench, PIECE, testBytes, wholeOf } from './activity-bench.js';

const sha1 = (bytes: Uint8Array) => createHash('sha1').update(bytes).digest('hex');

describe('hashRange', () => {
  test.each([0, 1, 63, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 77])(
    'digests an object of %d bytes with all its algorithms at once, reading each byte once',
    async (sizeBytes) => {
      const bench = createBench();
      const object = bench.put(sizeBytes);
      const algorithms: readonly Algorithm[] = ['md5', 'sha1', 'sha512', 'crc64nvme', 'blake3'];

      const result = await bench.hashRange(wholeOf(object, algorithms));

      for (const algorithm of algorithms) {
        expect(result.digests?.[algorithm]).toBe(await oneShot(algorithm, testBytes(sizeBytes)));
      }
      expect(result).toMatchObject({
        bytesHashed: sizeBytes,
        midstates: [],
        stats: { bytesRead: sizeBytes, bytesReadTwice: 0, attempts: 1, lostAttempts: 0 },
      });
      expect(bench.bytesMetered()).toBe(sizeBytes);
    },
  );

  test('asks for one chunk after the other', async () => {
    const bench = createBench();
    const object = bench.put(2 * CHUNK + 1);

    await bench.hashRange(wholeOf(object));

    expect(bench.rangesRead()).toEqual([
      `0-${CHUNK}`,
      `${CHUNK}-${2 * CHUNK}`,
      `${2 * CHUNK}-${2 * CHUNK + 1}`,
    ]);
    expect(bench.s3.reads.every((read) => read.object === object)).toBe(true);
  });

  test('floors its chunks to 1,024 bytes for blake3', async () => {
    const bench = createBench({ chunkSizeBytes: 1_152 });
    const object = bench.put(2_049);

    await bench.hashRange(wholeOf(object, ['blake3']));

    expect(bench.rangesRead()).toEqual(['0-1024', '1024-2048', '2048-2049']);
  });

  test('of a range in the middle returns midstates, from which the range after it goes on', async () => {
    const bench = createBench();
    const object = bench.put(3 * CHUNK + 5);
    const algorithms: readonly Algorithm[] = ['sha1', 'sha512', 'blake3'];
    let midstates: HashRangeMidstates = [];
    const results = [];

    for (const [startByte, endByteExclusive] of [
      [0, CHUNK],
      [CHUNK, 3 * CHUNK],
      [3 * CHUNK, object.sizeBytes],
    ] as const) {
      const result = await bench.hashRange({ object, algorithms, startByte, endByteExclusive, midstates });
      results.push(result);
      midstates = JSON.parse(JSON.stringify(result.midstates)) as HashRangeMidstates;
    }

    expect(results.map(({ bytesHashed }) => bytesHashed)).toEqual([CHUNK, 3 * CHUNK, object.sizeBytes]);
    expect(results.map(({ digests }) => digests !== undefined)).toEqual([false, false, true]);
    expect(results[1]?.midstates.map((m) => [m.algorithm, m.bytesHashed])).toEqual(
      algorithms.map((algorithm) => [algorithm, 3 * CHUNK]),
    );
    expect(results[1]?.stats).toEqual({
      bytesRead: 2 * CHUNK,
      bytesReadTwice: 0,
      attempts: 1,
      lostAttempts: 0,
    });
    for (const algorithm of algorithms) {
      expect(results[2]?.digests?.[algorithm]).toBe(await oneShot(algorithm, testBytes(object.sizeBytes)));
    }
  });

  test.each([
    ['none', 0],
    ['those of another position', CHUNK],
  ])('refuses a range that starts at two chunks with midstates: %s', async (_, position) => {
    const bench = createBench();
    const object = bench.put(3 * CHUNK);
    const first = await bench.hashRange({ ...wholeOf(object), endByteExclusive: CHUNK });
    const input = {
      ...wholeOf(object),
      startByte: 2 * CHUNK,
      midstates: position === 0 ? [] : first.midstates,
    };

    await expect(bench.hashRange(input)).rejects.toMatchObject({
      type: 'MidstateIncompatible',
      nonRetryable: true,
    });
    expect(bench.rangesRead()).toEqual([`0-${CHUNK}`]);
  });

  test('sends heartbeats that hold the object, the position, and midstates of that position', async () => {
    const bench = createBench();
    const object = bench.put(2 * CHUNK);
    const attempt = createAttempt();
    bench.s3.onPiece = async (_, position) => {
      if (position === CHUNK) await nextHeartbeat(attempt);
    };

    await bench.hashRange(wholeOf(object), attempt);

    // The next one makes up for the heartbeat that no byte came for.
    expect(attempt.heartbeats.map(({ checkpoint }) => checkpoint.bytesHashed)).toEqual([
      CHUNK,
      CHUNK + PIECE,
    ]);
    expect(attempt.heartbeats[0]).toEqual({
      checkpoint: {
        object,
        bytesHashed: CHUNK,
        midstates: [
          { format: 1, algorithm: 'sha1', bytesHashed: CHUNK, state: expect.any(String) as string },
        ],
      },
      bytesRead: CHUNK,
      lostAttempts: 0,
      attempt: 1,
      handedOn: false,
    });
  });

  test('sends heartbeats even when no byte arrives', async () => {
    const bench = createBench();
    const attempt = createAttempt();
    bench.s3.onPiece = async (_, position) => {
      if (position > 0) return;
      await nextHeartbeat(attempt);
      await nextHeartbeat(attempt);
    };

    const { digests } = await bench.hashRange(wholeOf(bench.put(100_000)), attempt);

    expect(attempt.heartbeats.map(({ checkpoint }) => checkpoint.bytesHashed)).toEqual([0, 0, PIECE]);
    expect(digests).toEqual({ sha1: sha1(testBytes(100_000)) });
  });

  test('sends no heartbeat once it has ended', async () => {
    const bench = createBench();
    const attempt = createAttempt();
    await bench.hashRange(wholeOf(bench.put(10)), attempt);
    const other = createAttempt();
    bench.s3.onPiece = () => nextHeartbeat(other);

    await bench.hashRange(wholeOf(bench.put(10)), other);

    expect(attempt.heartbeats).toEqual([]);
  });
});

type HashRangeMidstates = Awaited<ReturnType<ReturnType<typeof createBench>['hashRange']>>['midstates'];

function nextHeartbeat({ environment }: ReturnType<typeof createAttempt>): Promise<void> {
  return new Promise((resolve) => {
    environment.once('heartbeat', () => {
      resolve();
    });
  });
}
