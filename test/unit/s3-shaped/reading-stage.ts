import { createHash, randomBytes } from 'node:crypto';
import type { SecureContextOptions } from 'node:tls';
import { afterEach, beforeEach, expect, vi } from 'vitest';
import type { ByteSink, ObjectStore, RangeHasher, RangeReader } from '../../../src/core/ports.js';
import { chunksOf } from '../../../src/core/ranges.js';
import { nativeEngine } from '../../../src/hashing/index.js';
import { createS3Client } from '../../../src/storage/aws-clients.js';
import type { TlsTrust } from '../../../src/storage/lean-http/trusted-certificates.js';
import { createS3ObjectStore } from '../../../src/storage/s3-object-store.js';
import { createS3RangeReader, type RangeReaderSettings } from '../../../src/storage/s3-range-reader.js';
import { S3ShapedServer } from '../s3-shaped-server.js';

export const CHUNK_BYTES = 160_000;
/** Five chunks, the last of them short. */
export const SIZE_BYTES = 4 * CHUNK_BYTES + 77_777;
export const CHUNK_COUNT = 5;
/** The chunks that faults strike: the first, one in the middle, the last. */
export const STRUCK_CHUNKS = [0, 2, CHUNK_COUNT - 1];

export const MAX_FAULTS = 3;

/** Whether stages read over the addon's connections, as they do of themselves, or over Node's sockets. */
export const over: { nativeConnections: boolean; trust?: TlsTrust } = { nativeConnections: true };

/** Whether a stage's `readChunks` has the bytes hashed where they arrive, and never sees them. */
export const hashing = { isDirect: false };

export interface Patience {
  /** The reader's own watchdog, over bodies. */
  readonly idleTimeoutMs: number;
  /** The client's, over heads and what else it reads. */
  readonly answerTimeoutMs: number;
}

/** For faults that are noticed by waiting: on a busy machine such a wait can also be nobody's fault. */
export const SHORT_PATIENCE: Patience = { idleTimeoutMs: 250, answerTimeoutMs: 400 };
/** For all others. */
export const LONG_PATIENCE: Patience = { idleTimeoutMs: 8_000, answerTimeoutMs: 9_000 };

export interface Reading {
  /** None where they were hashed directly. */
  readonly bytes: Buffer;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly failure: unknown;
  readonly elapsedMs: number;
}

/** A server with an object of five chunks, and a reader of it as a worker has one. */
export interface ReadingStage {
  readonly server: S3ShapedServer;
  readonly reader: RangeReader;
  /** The reader takes up what it opens. */
  readonly store: ObjectStore;
  /** Reads the object chunk after chunk, until one fails; `before` is called with each chunk's number. */
  readonly readChunks: (before?: (chunk: number) => void) => Promise<Reading>;
  /** Closes client and server, and proves that no socket of the client is left. */
  readonly close: () => Promise<void>;
}

/** @param ahead how far the reader reads ahead; default: not at all */
export async function openReadingStage(
  { idleTimeoutMs, answerTimeoutMs } = SHORT_PATIENCE,
  tls?: SecureContextOptions,
  ahead: Pick<RangeReaderSettings, 'connectionsPerObject' | 'pool'> = {},
): Promise<ReadingStage> {
  const server = new S3ShapedServer(randomBytes(SIZE_BYTES));
  stubAwsEnvironment(await server.start(tls));
  const client = createS3Client({
    region: 'us-east-1',
    pathStyle: true,
    idleTimeoutMs: answerTimeoutMs,
    connections: 4,
    ...over,
  });
  const settings = { idleTimeoutMs, maxFaults: MAX_FAULTS, backoffMs: 1, ...ahead };
  const reader = createS3RangeReader(client, settings);
  return {
    server,
    reader,
    store: createS3ObjectStore(client),
    readChunks: (before) => readChunks(server, reader, before),
    close: async () => {
      client.destroy();
      await vi.waitFor(() => {
        expect(server.openConnections).toBe(0);
      });
      await server.stop();
    },
  };
}

/** Opens a stage before each test, for faults that need no waiting, and closes it afterwards. */
export function stageOfEachTest(give: (stage: ReadingStage) => void): void {
  let stage: ReadingStage;
  beforeEach(async () => {
    stage = await openReadingStage(LONG_PATIENCE);
    give(stage);
  });
  afterEach(async () => {
    await stage.close();
    vi.unstubAllEnvs();
  });
}

/** Whoever opens a stage says `vi.unstubAllEnvs` afterwards. */
function stubAwsEnvironment(endpoint: string): void {
  vi.stubEnv('AWS_ENDPOINT_URL_S3', endpoint);
  vi.stubEnv('AWS_ENDPOINT_URL', undefined);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  vi.stubEnv('AWS_MAX_ATTEMPTS', undefined);
}

async function readChunks(
  server: S3ShapedServer,
  reader: RangeReader,
  before: (chunk: number) => void = () => undefined,
): Promise<Reading> {
  const { object } = server;
  const delivered: Buffer[] = [];
  const { signal } = new AbortController();
  const started = performance.now();
  const whole = { startByte: 0, endByteExclusive: object.sizeBytes };
  const hasher = await nativeEngine().engine?.createHasher(['sha256']);
  let failure: unknown;
  try {
    for (const [index, chunk] of [...chunksOf(whole, CHUNK_BYTES, ['sha256'])].entries()) {
      before(index);
      if (hashing.isDirect && hasher !== undefined) {
        await reader.readChunks({ object, chunks: [chunk], signal }, directSink(server, hasher));
        continue;
      }
      await reader.read({ object, ...chunk, signal }, (bytes) => {
        delivered.push(Buffer.from(bytes));
        server.delivered += bytes.length;
      });
    }
  } catch (error) {
    failure = error;
  }
  const elapsedMs = performance.now() - started;
  const bytes = Buffer.concat(delivered);
  const sizeBytes = server.delivered;
  const sha256 = hashing.isDirect
    ? (hasher?.digests().sha256 ?? '')
    : createHash('sha256').update(bytes).digest('hex');
  return { bytes, sizeBytes, sha256, failure, elapsedMs };
}

/** A sink that counts bytes, and takes them only where they come the long way: from an answer that the SDK reads. */
export function directSink(server: S3ShapedServer, hasher: RangeHasher): ByteSink {
  return {
    hasher,
    onReceived: (byteCount) => (server.delivered += byteCount),
    onBytes: (bytes) => {
      hasher.update(bytes);
    },
  };
}

/** What the server sees of a read, the requests of the chunks that are struck starting at `starts`. */
export function rangesWith(starts: (length: number) => readonly number[]): string[] {
  return Array.from({ length: CHUNK_COUNT }, (_, chunk) => {
    const [startByte, end] = boundsOf(chunk);
    const offsets = STRUCK_CHUNKS.includes(chunk) ? starts(end - startByte) : [0];
    return offsets.map((offset) => `bytes=${String(startByte + offset)}-${String(end - 1)}`);
  }).flat();
}

/** First byte of a chunk, and the byte after its last. */
export function boundsOf(chunk: number): readonly [number, number] {
  return [chunk * CHUNK_BYTES, Math.min((chunk + 1) * CHUNK_BYTES, SIZE_BYTES)];
}
