import {
  GetObjectCommand,
  GetObjectTaggingCommand,
  type GetObjectCommandOutput,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { Algorithm } from '../core/algorithms.js';
import type { HashObjectInput } from '../core/contracts.js';
import { MidstateError } from '../core/failures.js';
import { tryParseDigest } from '../core/parse-digest.js';
import type { DigestMemory, Remembered } from '../core/ports.js';
import { translateAwsError } from './aws-failures.js';
import { SIDECAR_MARK } from './object-description.js';
import { factsOf } from './pinned.js';

type Found = HashObjectInput['object'];
type Digests = Partial<Record<Algorithm, string>>;

/** A sidecar holds one line; what is longer is none of ours. */
const MAX_SIDECAR_BYTES = 4_096;

/**
 * Reads the digests that midstate's own labels hold: tags, then sidecars, as asked. A label counts only where it says
 * which version it belongs to: by being on that version, or by the version's ETag. Needs s3:GetObjectTagging (and for
 * versions), s3:GetObject on the sidecars.
 */
export function createS3DigestMemory(client: S3Client, places: readonly Remembered['where'][]): DigestMemory {
  return {
    async read(object, algorithms) {
      for (const where of places) {
        const digests = await (where === 'tags' ? readTags : readSidecars)(client, object, algorithms);
        if (algorithms.every((algorithm) => digests[algorithm] !== undefined)) return { digests, where };
      }
      return undefined;
    },
  };
}

async function readTags(client: S3Client, object: Found, algorithms: readonly Algorithm[]): Promise<Digests> {
  const command = new GetObjectTaggingCommand({
    Bucket: object.bucket,
    Key: object.key,
    ...(object.versionId === undefined ? {} : { VersionId: object.versionId }),
  });
  const answer = await client.send(command).catch(absent('read tags', object));
  const tags = new Map((answer?.TagSet ?? []).map(({ Key, Value }) => [Key, Value ?? '']));
  const isOnVersion = object.versionId !== undefined && object.versionId !== 'null';
  if (!isOnVersion && (object.etag === undefined || tags.get('midstate-etag') !== object.etag)) return {};
  return digestsOf(algorithms, (algorithm) => tags.get(`midstate-${algorithm}`));
}

async function readSidecars(
  client: S3Client,
  object: Found,
  algorithms: readonly Algorithm[],
): Promise<Digests> {
  const texts = new Map<Algorithm, string>();
  for (const algorithm of algorithms) {
    const text = await readSidecar(client, object, algorithm);
    if (text === undefined) return {};
    texts.set(algorithm, text);
  }
  return digestsOf(algorithms, (algorithm) => texts.get(algorithm));
}

/** The digest in the sidecar of exactly this version. */
async function readSidecar(
  client: S3Client,
  object: Found,
  algorithm: Algorithm,
): Promise<string | undefined> {
  const sidecar = { bucket: object.bucket, key: `${object.key}.${algorithm}` };
  const command = new GetObjectCommand({
    Bucket: sidecar.bucket,
    Key: sidecar.key,
    Range: `bytes=0-${String(MAX_SIDECAR_BYTES - 1)}`,
  });
  const answer: GetObjectCommandOutput | undefined = await client
    .send(command)
    .catch(absent('read sidecar', sidecar));
  const text = await answer?.Body?.transformToString();
  // `null` is the version id of whatever was uploaded last while versioning was suspended.
  const version = object.versionId ?? object.etag;
  if (version === undefined || version === 'null' || answer?.Metadata?.[SIDECAR_MARK] !== version)
    return undefined;
  return /^\\?(\S+) /.exec(text ?? '')?.[1];
}

function digestsOf(
  algorithms: readonly Algorithm[],
  read: (algorithm: Algorithm) => string | undefined,
): Digests {
  const pairs = algorithms.flatMap((algorithm): [Algorithm, string][] => {
    const digest = tryParseDigest(algorithm, read(algorithm) ?? '');
    return digest === undefined ? [] : [[algorithm, digest]];
  });
  return Object.fromEntries(pairs);
}

/** A label that is not there is no failure. */
function absent(action: string, object: Found) {
  return (error: unknown): undefined => {
    const translated = translateAwsError(error, action, factsOf(object));
    if (translated instanceof MidstateError && ['ObjectGone', 'ObjectChanged'].includes(translated.failure))
      return undefined;
    throw translated;
  };
}
