import { setTimeout as delay } from 'node:timers/promises';
import type { Readable } from 'node:stream';
import type { S3Client } from '@aws-sdk/client-s3';
import { isRetryable, MidstateError, type FailureFacts } from '../core/failures.js';
import type { RangeReader, ReadRequest } from '../core/ports.js';
import { translateAwsError } from './aws-failures.js';
import { LeanBody } from './lean-http/lean-body.js';
import { createRangeSender, type RangeAnswer, type SendRange } from './range-sender.js';
import { factsOf, unquote } from './s3-object-store.js';

/** A server may ask for a longer pause (Retry-After); the activity's own retry then takes over. */
const MAX_ASKED_PAUSE_MS = 30_000;

export interface RangeReaderSettings {
  /** No byte of a body for so long: the connection is dropped and the read goes on from the last byte. */
  readonly idleTimeoutMs: number;
  /** Faults in a row, without a byte between them, before the read is given up. */
  readonly maxFaults: number;
  /** First pause after a fault; doubles with each, with jitter, up to 20 times as long. */
  readonly backoffMs: number;
}

export const DEFAULT_READER_SETTINGS: RangeReaderSettings = {
  idleTimeoutMs: 30_000,
  maxFaults: 5,
  backoffMs: 200,
};

/** `RangeReader` on the AWS SDK: one ranged GET, resumed from the exact byte at which it broke. */
export function createS3RangeReader(
  client: S3Client,
  settings: RangeReaderSettings = DEFAULT_READER_SETTINGS,
): RangeReader {
  const send = createRangeSender(client);
  return {
    async read(request, onBytes) {
      let position = request.startByte;
      let faults = 0;
      const taker = { hasFailed: false };
      const deliver = (bytes: Uint8Array) => {
        position += bytes.length;
        taker.hasFailed = true;
        onBytes(bytes);
        taker.hasFailed = false;
      };
      while (position < request.endByteExclusive) {
        const before = position;
        try {
          await readOnce(send, settings, { ...request, startByte: position }, deliver);
        } catch (error) {
          // Whoever takes the bytes has failed, and not the reading: going on would leave these bytes out.
          if (taker.hasFailed) throw error;
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
}

async function readOnce(
  send: SendRange,
  settings: RangeReaderSettings,
  request: ReadRequest,
  onBytes: (bytes: Uint8Array) => void,
): Promise<void> {
  const answer = await send(request);
  const body = answer.Body as Readable;
  try {
    checkAnswer(answer, request);
    await drain(body, request, settings.idleTimeoutMs, onBytes);
  } finally {
    body.destroy();
  }
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
  onBytes: (bytes: Uint8Array) => void,
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
  const take = (bytes: Uint8Array) => {
    watchdog.refresh();
    const ofRange = bytes.length > missing ? bytes.subarray(0, missing) : bytes;
    missing -= ofRange.length;
    if (ofRange.length > 0) onBytes(ofRange);
    if (ofRange.length < bytes.length) throw fault('the body is longer than the range');
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
async function consume(body: Readable, take: (bytes: Uint8Array) => void): Promise<void> {
  for await (const bytes of body as AsyncIterable<Buffer>) take(bytes);
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
