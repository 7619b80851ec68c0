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
import { isRetryable, MidstateError } from '../core/failures.js';
import type { OpenedObject } from '../core/ports.js';
import { translateAwsError } from './aws-failures.js';
import { descriptionOf } from './object-description.js';
import type { OpenedBodies } from './opened-bodies.js';
import { factsOf, pinned, type Wanted } from './pinned.js';

/**
 * Describes an object by the head of the answer to the GET that reads it, whose body waits in `opened`.
 * @param describe asked where S3 refuses the GET: what a HEAD says, and how it fails, tells more
 */
export async function openObject(
  client: S3Client,
  opened: OpenedBodies,
  wanted: Wanted,
  describe: () => Promise<ObjectDescription>,
): Promise<OpenedObject> {
  const answer = await tryGet(client, wanted);
  if (answer === undefined) return { description: await describe(), close: () => undefined };
  const body = answer.Body as Readable;
  try {
    const description = descriptionOf(wanted, answer);
    opened.keep(description.object, body);
    return {
      description,
      close: () => {
        opened.giveUp(description.object);
      },
    };
  } catch (error) {
    body.destroy();
    throw error;
  }
}

/**
 * The answer to a GET of the whole object; undefined where S3 refuses it.
 * @throws MidstateError StoreUnavailable
 */
async function tryGet(client: S3Client, wanted: Wanted): Promise<GetObjectCommandOutput | undefined> {
  const command = new GetObjectCommand(pinned(wanted));
  command.middlewareStack.add(askForChecksums, { name: 'midstateChecksums', step: 'build' });
  try {
    return await client.send(command);
  } catch (error) {
    const failure = translateAwsError(error, 'open object', factsOf(wanted));
    if (failure instanceof MidstateError && !isRetryable(failure.failure)) return undefined;
    throw failure;
  }
}

/** The stored checksums are wanted; with the command's own `ChecksumMode` the SDK would compute them over the body. */
const askForChecksums: BuildMiddleware<GetObjectCommandInput, GetObjectCommandOutput> =
  (next) => async (args) => {
    if (HttpRequest.isInstance(args.request)) args.request.headers['x-amz-checksum-mode'] = 'ENABLED';
    return await next(args);
  };
