import { setImmediate as nextTurn } from 'node:timers/promises';
import type { RangeReader, ReadRequest } from '../../src/core/ports.js';
import type { ChunkSource } from '../../src/storage/read-ahead/chunk-source.js';
import { readChunks, type ReadAheadSettings } from '../../src/storage/read-ahead/read-chunks.js';
import type { FakeS3 } from './fake-s3.js';

/** `RangeReader` on buckets in memory: a body arrives in pieces of `pieceBytes`, one an event loop turn. */
export function createFakeRangeReader(s3: FakeS3, pieceBytes = 64_000): RangeReader {
  const reader: RangeReader = {
    async read(request, onBytes) {
      s3.reads.push(request);
      await s3.enter('read', request.object.key);
      const { startByte, endByteExclusive } = request;
      for (let position = startByte; position < endByteExclusive; position += pieceBytes) {
        await unlessAborted(request, async () => {
          await nextTurn();
          await s3.onPiece(request, position);
        });
        const { bytes } = s3.findPinned(request.object);
        onBytes(bytes.subarray(position, Math.min(position + pieceBytes, endByteExclusive)));
      }
    },
    async readChunks({ object, chunks, signal, shouldStop }, sink) {
      for (const chunk of chunks) {
        if (shouldStop?.() === true) return 'stopped';
        await reader.read({ object, ...chunk, signal }, (bytes) => {
          sink.onReceived?.(bytes.length);
          sink.onBytes(bytes);
        });
      }
      return 'whole';
    },
  };
  return reader;
}

/** The same, reading ahead as the real one does. */
export function createFakeReadAheadReader(
  s3: FakeS3,
  pieceBytes: number,
  settings: ReadAheadSettings,
): RangeReader {
  const plain = createFakeRangeReader(s3, pieceBytes);
  const source: ChunkSource = {
    ask: (request) =>
      Promise.resolve({ drain: (taker) => source.read(request, taker), close: () => undefined }),
    roundTripMs: () => undefined,
    read: (request, taker) =>
      plain.read(request, (bytes) => {
        taker.onBytes(bytes);
      }),
  };
  return {
    read: (request, onBytes) => plain.read(request, onBytes),
    readChunks: (request, sink) => readChunks(source, settings, request, sink),
  };
}

/** Rejects with the signal's reason as soon as it aborts, whatever `step` is waiting for. */
async function unlessAborted({ signal }: ReadRequest, step: () => Promise<void>): Promise<void> {
  signal.throwIfAborted();
  await new Promise<void>((resolve, reject) => {
    const abort = () => {
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', abort, { once: true });
    step()
      .then(resolve, reject)
      .finally(() => {
        signal.removeEventListener('abort', abort);
      });
  });
}
