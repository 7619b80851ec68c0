import {
  GetObjectCommand,
  type GetObjectCommandInput,
  type GetObjectCommandOutput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { HttpRequest } from '@smithy/core/transport';
import type { FinalizeRequestMiddleware } from '@smithy/types';
import type { ObjectRef } from '../core/contracts.js';
import type { ReadRequest } from '../core/ports.js';
import { LeanHttpHandler } from './lean-http/lean-http-handler.js';
import { pinned, unquote } from './s3-object-store.js';

/** The parts of an answer that a ranged read looks at. */
export type RangeAnswer = Pick<GetObjectCommandOutput, 'Body' | 'ContentRange' | 'ETag'>;

/** Sends one ranged GET; resolves with the head of the answer, whose body waits. */
export type SendRange = (request: ReadRequest) => Promise<RangeAnswer>;

/** A signed GET of one object version, but for its `Range`, which S3 does not want signed. */
interface SignedGet {
  readonly request: HttpRequest;
  readonly signedAtMs: number;
}

/** S3 takes a signature for 15 minutes; far less, so that new credentials and endpoints are soon taken up. */
const REUSE_MS = 60_000;

/**
 * Sends the ranged GETs of an object version with one signature a minute. The first goes through the AWS SDK, which
 * finds endpoint and credentials, and signs; those that follow are the same request with another `Range`, and cost a
 * tenth. Whatever is not the expected answer to them goes through the SDK again, freshly signed: errors, redirects,
 * retries and expired credentials are its business.
 */
export function createRangeSender(client: S3Client): SendRange {
  const { requestHandler: handler } = client.config;
  const signed = new WeakMap<ObjectRef, SignedGet>();
  if (!(handler instanceof LeanHttpHandler)) return (request) => sendBySdk(client, request, () => undefined);
  return async (request) => {
    const { object } = request;
    const known = signed.get(object);
    if (known !== undefined && Date.now() - known.signedAtMs < REUSE_MS) {
      const answer = await tryAgain(handler, known.request, request);
      if (answer !== undefined) return answer;
      signed.delete(object);
    }
    return await sendBySdk(client, request, (sent) => {
      signed.set(object, { request: sent, signedAtMs: Date.now() });
    });
  };
}

/** The expected answer, or undefined: the request is then sent as if this had not been tried. */
async function tryAgain(
  handler: LeanHttpHandler,
  signed: HttpRequest,
  request: ReadRequest,
): Promise<RangeAnswer | undefined> {
  const again = HttpRequest.clone(signed);
  again.headers['range'] = rangeHeader(request);
  const answer = await handler.tryRange(again, request.signal);
  if (answer === undefined) return undefined;
  const { 'content-range': ContentRange = '', etag: ETag = '' } = answer.head.headers;
  const expected = `bytes ${String(request.startByte)}-${String(request.endByteExclusive - 1)}/${String(request.object.sizeBytes)}`;
  if (ContentRange === expected && unquote(ETag) === request.object.etag) {
    return { Body: answer.body as unknown as NonNullable<RangeAnswer['Body']>, ContentRange, ETag };
  }
  answer.body.destroy();
  return undefined;
}

/** @param onSigned told of each signed request that is sent, with its `Range` */
async function sendBySdk(
  client: S3Client,
  request: ReadRequest,
  onSigned: (sent: HttpRequest) => void,
): Promise<RangeAnswer> {
  const command = new GetObjectCommand(pinned(request.object));
  const addRange: FinalizeRequestMiddleware<GetObjectCommandInput, GetObjectCommandOutput> =
    (next) => async (args) => {
      const sent = args.request as HttpRequest;
      sent.headers['range'] = rangeHeader(request);
      onSigned(sent);
      return await next(args);
    };
  command.middlewareStack.addRelativeTo(addRange, {
    name: 'midstateRange',
    relation: 'after',
    toMiddleware: 'httpSigningMiddleware',
  });
  return await client.send(command, { abortSignal: request.signal });
}

function rangeHeader({ startByte, endByteExclusive }: ReadRequest): string {
  return `bytes=${String(startByte)}-${String(endByteExclusive - 1)}`;
}
