import {
  GetObjectCommand,
  type GetObjectCommandInput,
  type GetObjectCommandOutput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { HttpRequest, type HttpResponse } from '@smithy/core/transport';
import type { DeserializeMiddleware, FinalizeRequestMiddleware } from '@smithy/types';
import { unquote } from '../core/etag.js';
import type { ObjectRef } from '../core/contracts.js';
import type { ReadRequest } from '../core/ports.js';
import { LeanHttpHandler } from './lean-http/lean-http-handler.js';
import { pinned } from './pinned.js';

/** The parts of an answer that a ranged read looks at. */
export type RangeAnswer = Pick<GetObjectCommandOutput, 'Body' | 'ContentLength' | 'ContentRange' | 'ETag'>;

/** Sends one ranged GET; resolves with the head of the answer, whose body waits. */
export type SendRange = (request: ReadRequest) => Promise<RangeAnswer>;

/** A signed GET of one object version, but for its `Range`, which S3 does not want signed. */
interface SignedGet {
  readonly request: HttpRequest;
  readonly signedAtMs: number;
}

/** What became of a request that was sent already. */
type Sent = Promise<{ response: HttpResponse }>;

/** S3 takes a signature for 15 minutes; far less, so that new credentials and endpoints are soon taken up. */
const REUSE_MS = 60_000;

/** Answers that say nothing against signature or endpoint. To any other below 500 the request is signed anew. */
const SIGNATURE_WAS_TAKEN: ReadonlySet<number> = new Set([200, 206, 404, 408, 412, 416, 429]);

/**
 * Sends the ranged GETs of an object version with one signature a minute. The first goes through the AWS SDK, which
 * finds endpoint and credentials, and signs; those that follow are the same request with another `Range`, and cost a
 * tenth. An answer to them that is not the expected one, and a fault, are given to the SDK as those of its own first
 * attempt: it reads errors and retries. Redirects, and refusals that may be the old signature's, are asked again.
 */
export function createRangeSender(client: S3Client): SendRange {
  const { requestHandler: handler } = client.config;
  const signed = new WeakMap<ObjectRef, SignedGet>();
  if (!(handler instanceof LeanHttpHandler)) return (request) => sendBySdk(client, request);
  return async (request) => {
    const { object, signal } = request;
    const known = signed.get(object);
    let first: Sent | undefined;
    if (known !== undefined && Date.now() - known.signedAtMs < REUSE_MS) {
      first = handler.handle(withRange(known.request, request), { abortSignal: signal });
      const response = await first.then((sent) => sent.response).catch(() => undefined);
      const answer = response === undefined ? undefined : tryAnswer(response, request);
      if (answer !== undefined) return answer;
      signed.delete(object);
      if (response !== undefined && !isSignatureTaken(response)) {
        (response.body as { destroy: () => void }).destroy();
        first = undefined;
      }
    }
    let sent: SignedGet | undefined;
    const answer = await sendBySdk(client, request, first, (get) => {
      sent = { request: get, signedAtMs: Date.now() };
    });
    if (sent !== undefined) signed.set(object, sent);
    return answer;
  };
}

function withRange(signed: HttpRequest, request: ReadRequest): HttpRequest {
  const again = HttpRequest.clone(signed);
  again.headers['range'] = rangeHeader(request);
  return again;
}

/** The answer, if it is the expected one in every respect. */
function tryAnswer(
  { statusCode, headers, body }: HttpResponse,
  request: ReadRequest,
): RangeAnswer | undefined {
  const { object, startByte, endByteExclusive } = request;
  const { 'content-range': ContentRange, 'content-length': length, etag: ETag = '' } = headers;
  const range = `bytes ${String(startByte)}-${String(endByteExclusive - 1)}/${String(object.sizeBytes)}`;
  const ContentLength = endByteExclusive - startByte;
  const isExpected =
    statusCode === 206 &&
    ContentRange === range &&
    length === String(ContentLength) &&
    unquote(ETag) === object.etag;
  return isExpected
    ? { Body: body as NonNullable<RangeAnswer['Body']>, ContentLength, ContentRange, ETag }
    : undefined;
}

function isSignatureTaken({ statusCode }: HttpResponse): boolean {
  return statusCode >= 500 || SIGNATURE_WAS_TAKEN.has(statusCode);
}

/**
 * @param first taken for the outcome of the SDK's first attempt, which then sends nothing
 * @param onSigned told of each signed request that is sent, with its `Range`
 */
async function sendBySdk(
  client: S3Client,
  request: ReadRequest,
  first?: Sent,
  onSigned: (sent: HttpRequest) => void = () => undefined,
): Promise<RangeAnswer> {
  const command = new GetObjectCommand(pinned(request.object));
  let outcome = first;
  const addRange: FinalizeRequestMiddleware<GetObjectCommandInput, GetObjectCommandOutput> =
    (next) => async (args) => {
      const sent = args.request as HttpRequest;
      sent.headers['range'] = rangeHeader(request);
      if (outcome === undefined) onSigned(sent);
      return await next(args);
    };
  const takeOutcome: DeserializeMiddleware<GetObjectCommandInput, GetObjectCommandOutput> =
    (next) => async (args) => {
      if (outcome === undefined) return await next(args);
      const sent = outcome;
      outcome = undefined;
      return { ...(await sent), output: { $metadata: {} } };
    };
  command.middlewareStack.addRelativeTo(addRange, {
    name: 'midstateRange',
    relation: 'after',
    toMiddleware: 'httpSigningMiddleware',
  });
  command.middlewareStack.add(takeOutcome, {
    name: 'midstateOutcome',
    step: 'deserialize',
    priority: 'low',
  });
  return await client.send(command, { abortSignal: request.signal });
}

function rangeHeader({ startByte, endByteExclusive }: ReadRequest): string {
  return `bytes=${String(startByte)}-${String(endByteExclusive - 1)}`;
}
