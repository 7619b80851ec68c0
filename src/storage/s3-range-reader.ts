import { setTimeout as delay } from 'node:timers/promises';
import type { Readable } from 'node:stream';
import type { S3Client } from '@aws-sdk/client-s3';
import { unquote } from '../core/etag.js';
import { isRetryable, MidstateError, type FailureFacts } from '../core/failures.js';
import type { RangeReader, ReadRequest } from '../core/ports.js';
import { translateAwsError } from './aws-failures.js';
import { reportOf, type ByteTaker } from './lean-http/http-connection.js';
import { LeanBody } from './lean-http/lean-body.js';
import { takeBody } from './opened-bodies.js';
import { createRangeSender, type RangeAnswer, type SendRange } from './range-sender.js';
import { BufferPool } from './read-ahead/buffer-pool.js';
import type { ChunkSource, OpenBody } from './read-ahead/chunk-source.js';
import { readChunks } from './read-ahead/read-chunks.js';
import { factsOf } from './pinned.js';

/** A server may ask for a longer pause (Retry-After); the activity's own retry then takes over. */
const MAX_ASKED_PAUSE_MS = 30_000;

export interface RangeReaderSettings {
  /** No byte of a body for so long: the connection is dropped and the read goes on from the last byte. */
  readonly idleTimeoutMs: number;
  /** Faults in a row, without a byte between them, before the read is given up. */
  readonly maxFaults: number;
  /** First pause after a fault; doubles with each, with jitter, up to 20 times as long. */
  readonly backoffMs: number;
  /** GETs of one object under way at once; default 1: one after another. */
  readonly connectionsPerObject?: number;
  /** Where chunks are read ahead into; default: nowhere, so that at most one is asked for ahead. */
  readonly pool?: BufferPool;
}

export const DEFAULT_READER_SETTINGS: RangeReaderSettings = {
  idleTimeoutMs: 30_000,
  maxFaults: 5,
  backoffMs: 200,
};

/**
 * `RangeReader` on the AWS SDK: ranged GETs, resumed from the exact byte at which one broke. The body of an object that
 * was opened is taken up in place of a GET.
 */
export function createS3RangeReader(
  client: S3Client,
  settings: RangeReaderSettings = DEFAULT_READER_SETTINGS,
): RangeReader {
  const send = createRangeSender(client);
  const roundTrips = new RecentLeast();
  const source: ChunkSource = {
    async ask(request) {
      const begun = takeBody(request);
      if (begun !== undefined) return openBody(begun, request, settings);
      const sentMs = performance.now();
      const body = await ask(send, settings, request);
      roundTrips.add(performance.now() - sentMs);
      return body;
    },
    roundTripMs: () => roundTrips.least,
    async read(request, taker) {
      let position = request.startByte;
      let faults = 0;
      const taking = { isRefused: false };
      const refusable = <T>(call: () => T): T => {
        taking.isRefused = true;
        const result = call();
        taking.isRefused = false;
        return result;
      };
      const deliver: ByteTaker = {
        onBytes(bytes) {
          position += bytes.length;
          refusable(() => {
            taker.onBytes(bytes);
          });
        },
        direct: () => refusable(() => taker.direct?.()),
        reportWithin: () => reportOf(taker),
        onHashed(byteCount, waits) {
          position += byteCount;
          refusable(() => taker.onHashed?.(byteCount, waits));
        },
      };
      while (position < request.endByteExclusive) {
        const before = position;
        try {
          await (await source.ask({ ...request, startByte: position })).drain(deliver);
        } catch (error) {
          // Whoever takes the bytes has failed, and not the reading: going on would leave these bytes out.
          if (taking.isRefused) throw error;
          request.signal.throwIfAborted();
          faults = position > before ? 1 : faults + 1;
          const failure = asFailure(error, request, position);
          if (!isTransient(failure) || faults >= settings.maxFaults) throw failure;
          await delay(pauseMs(failure, faults, settings), undefined, { signal: request.signal }).catch(() => {
            request.signal.throwIfAborted();
          });
        }
      }
    },
  };
  const { connectionsPerObject: connections = 1, pool = new BufferPool(1, 0) } = settings;
  return {
    read: (request, onBytes) => source.read(request, { onBytes }),
    readChunks: (request, sink) => readChunks(source, { connections, pool }, request, sink),
  };
}

/** The least of the newest eight: a process without CPU for a while sees answers late. */
class RecentLeast {
  #recent: number[] = [];

  add(value: number): void {
    this.#recent = [...this.#recent.slice(-7), value];
  }

  get least(): number | undefined {
    return this.#recent.length === 0 ? undefined : Math.min(...this.#recent);
  }
}

/** Sends one GET, and checks the head of its answer. */
async function ask(send: SendRange, settings: RangeReaderSettings, request: ReadRequest): Promise<OpenBody> {
  const answer = await send(request);
  const body = answer.Body as Readable;
  // A body may break before anybody reads it; whoever then does is told.
  body.on('error', () => undefined);
  try {
    checkAnswer(answer, request);
  } catch (error) {
    body.destroy();
    throw error;
  }
  return openBody(body, request, settings);
}

function openBody(
  body: Readable,
  request: ReadRequest,
  { idleTimeoutMs }: Pick<RangeReaderSettings, 'idleTimeoutMs'>,
): OpenBody {
  const close = () => {
    body.destroy();
  };
  return { drain: (taker) => drain(body, request, idleTimeoutMs, taker).finally(close), close };
}

/**
 * The answer must be the bytes asked for, of the version asked for: a server may ignore `Range` or `If-Match`. Only
 * another ETag or size proves that the object changed; any other deviation is the server's fault, and passing.
 */
function checkAnswer(answer: RangeAnswer, request: ReadRequest): void {
  const { object, startByte, endByteExclusive } = request;
  const etag = unquote(answer.ETag ?? '');
  const size = String(object.sizeBytes);
  const expected = `bytes ${String(startByte)}-${String(endByteExclusive - 1)}/${size} of ${object.etag}`;
  const actual = `${answer.ContentRange ?? 'no Content-Range'} of ${etag === '' ? 'no ETag' : etag}`;
  const lengthBytes = answer.ContentLength ?? 0;
  const isTooLong = lengthBytes > endByteExclusive - startByte;
  if (actual === expected && !isTooLong) return;
  const sizeFound = /\/(\d+)$/.exec(answer.ContentRange ?? '')?.[1] ?? size;
  const isOther = (etag !== '' && etag !== object.etag) || sizeFound !== size;
  const [failure, what] = isOther
    ? (['ObjectChanged', 'another object'] as const)
    : (['StoreUnavailable', 'another range than was asked for'] as const);
  throw new MidstateError(failure, `read range: the server sent ${what}`, {
    facts: {
      ...factsOfRange(request, startByte),
      expected,
      actual: isTooLong ? `${actual}, ${String(lengthBytes)} bytes long` : actual,
    },
  });
}

/** Takes the body's bytes as they come; fails when it ends early, runs over, stands still, or is aborted. */
async function drain(
  body: Readable,
  request: ReadRequest,
  idleTimeoutMs: number,
  taker: ByteTaker,
): Promise<void> {
  const { signal, startByte, endByteExclusive } = request;
  let missing = endByteExclusive - startByte;
  const fault = (what: string) =>
    new MidstateError('StoreUnavailable', `read range: ${what}`, {
      facts: factsOfRange(request, endByteExclusive - missing),
    });
  let giveUp: (error: unknown) => void = () => undefined;
  const gaveUp = new Promise<never>((_, reject) => (giveUp = reject));
  const watchdog = setTimeout(() => {
    giveUp(fault(`no byte for ${String(idleTimeoutMs)} ms`));
  }, idleTimeoutMs);
  const abort = () => {
    giveUp(signal.reason);
  };
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  const take: ByteTaker = {
    onBytes(bytes) {
      watchdog.refresh();
      const ofRange = bytes.length > missing ? bytes.subarray(0, missing) : bytes;
      missing -= ofRange.length;
      if (ofRange.length > 0) taker.onBytes(ofRange);
      if (ofRange.length < bytes.length) throw fault('the body is longer than the range');
    },
    direct: () => taker.direct?.(),
    // A read whose bytes were not told of by then would be taken for stalled.
    reportWithin() {
      const { ms, bytes } = reportOf(taker);
      return { ms: Math.min(ms, idleTimeoutMs / 2), bytes };
    },
    onHashed(byteCount, waits) {
      watchdog.refresh();
      missing -= byteCount;
      taker.onHashed?.(byteCount, waits);
    },
  };
  try {
    await Promise.race([body instanceof LeanBody ? body.drain(take) : consume(body, take), gaveUp]);
  } finally {
    clearTimeout(watchdog);
    signal.removeEventListener('abort', abort);
  }
  if (missing > 0) throw fault(`the body ended ${String(missing)} bytes early`);
}

/** The SDK's own body, of an answer out of the ordinary. */
async function consume(body: Readable, taker: ByteTaker): Promise<void> {
  for await (const bytes of body as AsyncIterable<Buffer>) taker.onBytes(bytes);
}

function asFailure(error: unknown, request: ReadRequest, position: number): unknown {
  return translateAwsError(error, 'read range', factsOfRange(request, position));
}

function factsOfRange({ object, endByteExclusive }: ReadRequest, position: number): FailureFacts {
  return { ...factsOf(object), range: `${String(position)}-${String(endByteExclusive - 1)}` };
}

/** Errors that S3 or midstate do not name are taken for passing ones: the worst that follows is a few more tries. */
function isTransient(failure: unknown): boolean {
  return !(failure instanceof MidstateError) || isRetryable(failure.failure);
}

function pauseMs(failure: unknown, faults: number, settings: RangeReaderSettings): number {
  const asked = failure instanceof MidstateError ? (failure.retryAfterMs ?? 0) : 0;
  const backoff = Math.min(settings.backoffMs * 2 ** (faults - 1), settings.backoffMs * 20);
  return Math.max(Math.min(asked, MAX_ASKED_PAUSE_MS), backoff * (0.5 + Math.random() / 2));
}
