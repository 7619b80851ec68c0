import { setTimeout as delay } from 'node:timers/promises';
import type { Readable } from 'node:stream';
import { GetObjectCommand, type GetObjectCommandOutput, type S3Client } from '@aws-sdk/client-s3';
import { isRetryable, MidstateError } from '../core/failures.js';
import type { RangeReader, ReadRequest } from '../core/ports.js';
import { translateAwsError } from './aws-failures.js';
import { LeanBody } from './lean-http/lean-body.js';
import { factsOf, pinned, unquote } from './pinned.js';

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
  return {
    async read(request, onBytes) {
      let position = request.startByte;
      let faults = 0;
      while (position < request.endByteExclusive) {
        const before = position;
        try {
          await readOnce(client, settings, { ...request, startByte: position }, (bytes) => {
            position += bytes.length;
            onBytes(bytes);
          });
        } catch (error) {
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
  client: S3Client,
  settings: RangeReaderSettings,
  request: ReadRequest,
  onBytes: (bytes: Uint8Array) => void,
): Promise<void> {
  const range = `bytes=${String(request.startByte)}-${String(request.endByteExclusive - 1)}`;
  const answer = await client.send(new GetObjectCommand({ ...pinned(request.object), Range: range }), {
    abortSignal: request.signal,
  });
  const body = answer.Body as Readable;
  try {
    checkAnswer(answer, request);
    await drain(body, request, settings.idleTimeoutMs, onBytes);
  } finally {
    body.destroy();
  }
}

/** The answer must be the bytes asked for, of the version asked for: a server may ignore `Range` or `If-Match`. */
function checkAnswer(answer: GetObjectCommandOutput, request: ReadRequest): void {
  const { object, startByte, endByteExclusive } = request;
  const range = `bytes ${String(startByte)}-${String(endByteExclusive - 1)}/${String(object.sizeBytes)}`;
  const etag = unquote(answer.ETag ?? '');
  if (etag === object.etag && answer.ContentRange === range) return;
  throw new MidstateError('ObjectChanged', 'read range: the server sent another object or another range', {
    facts: {
      ...factsOf(object),
      expected: `${range} of ${object.etag}`,
      actual: `${answer.ContentRange ?? 'no Content-Range'} of ${etag}`,
    },
  });
}

/** Takes the body's bytes as they come; fails when it ends early, runs over, stands still, or is aborted. */
async function drain(
  body: Readable,
  { object, signal, startByte, endByteExclusive }: ReadRequest,
  idleTimeoutMs: number,
  onBytes: (bytes: Uint8Array) => void,
): Promise<void> {
  let missing = endByteExclusive - startByte;
  const fault = (what: string) =>
    new MidstateError('StoreUnavailable', `read range: ${what}`, { facts: factsOf(object) });
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
    missing -= bytes.length;
    if (missing < 0) throw fault('the body is longer than announced');
    onBytes(bytes);
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
  const facts = {
    ...factsOf(request.object),
    range: `${String(position)}-${String(request.endByteExclusive - 1)}`,
  };
  return translateAwsError(error, 'read range', facts);
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
