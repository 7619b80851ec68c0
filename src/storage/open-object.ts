import type { Readable } from 'node:stream';
import {
  GetObjectCommand,
  type GetObjectCommandInput,
  type GetObjectCommandOutput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { HttpRequest } from '@smithy/core/transport';
import type { BuildMiddleware } from '@smithy/types';
import type { ObjectDescription } from '../core/contracts.js';
import { MidstateError } from '../core/failures.js';
import type { OpenedObject } from '../core/ports.js';
import { translateAwsError } from './aws-failures.js';
import { descriptionOf } from './object-description.js';
import { giveUpBody, keepBody } from './opened-bodies.js';
import { factsOf, pinned, type Wanted } from './pinned.js';

/**
 * Describes an object by the head of the answer to the GET that reads it; its body waits for the range reader.
 * Undefined where the answer does not do for that, and a HEAD has to tell: it is not one to such a GET, or the object is
 * archived.
 *
 * @throws what S3's error is translated to; MidstateError ObjectChanged when the object is not the one asked for
 */
export async function openObject(
  client: S3Client,
  wanted: Wanted,
  signal: AbortSignal,
): Promise<OpenedObject | undefined> {
  const answer = await tryGet(client, wanted, signal);
  if (answer === undefined) return undefined;
  const body = answer.Body as Readable;
  let description: ObjectDescription | undefined;
  try {
    if (isWhole(answer, wanted)) description = descriptionOf(wanted, answer);
  } finally {
    if (description === undefined) body.destroy();
  }
  if (description === undefined) return undefined;
  const { object } = description;
  keepBody(object, body);
  return {
    description,
    close: () => {
      giveUpBody(object);
    },
  };
}

/** An answer to a GET of a whole object says which it is and how long, and nothing else than what is known of it. */
function isWhole({ $metadata, ETag, ContentLength }: GetObjectCommandOutput, { sizeBytes }: Wanted): boolean {
  const isPlain = $metadata.httpStatusCode === 200 && ETag !== undefined && ContentLength !== undefined;
  return isPlain && (sizeBytes === undefined || ContentLength === sizeBytes);
}

/** The answer to a GET of the whole object; undefined where it is archived: a HEAD tells how, and whether it is restored. */
async function tryGet(
  client: S3Client,
  wanted: Wanted,
  signal: AbortSignal,
): Promise<GetObjectCommandOutput | undefined> {
  const command = new GetObjectCommand(pinned(wanted));
  command.middlewareStack.add(askForChecksums, { name: 'midstateChecksums', step: 'build' });
  try {
    return await client.send(command, { abortSignal: signal });
  } catch (error) {
    signal.throwIfAborted();
    const failure = translateAwsError(error, 'open object', factsOf(wanted));
    if (failure instanceof MidstateError && failure.failure === 'Archived') return undefined;
    throw failure;
  }
}

/** The stored checksums are wanted; with the command's own `ChecksumMode` the SDK would compute them over the body. */
const askForChecksums: BuildMiddleware<GetObjectCommandInput, GetObjectCommandOutput> =
  (next) => async (args) => {
    if (HttpRequest.isInstance(args.request)) args.request.headers['x-amz-checksum-mode'] = 'ENABLED';
    return await next(args);
  };
