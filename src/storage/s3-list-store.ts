import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { GetObjectCommand, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { unquote } from '../core/etag.js';
import { MidstateError } from '../core/failures.js';
import type { ListedObjects, ListRef, ListRequest, ListStore, OpenList } from '../core/list-store.js';
import { createS3Client, type AwsSettings } from './aws-clients.js';
import { translateAwsError } from './aws-failures.js';
import { pinned } from './pinned.js';

/** A page of a listing and a list: never more than two requests at once. */
const CONNECTIONS = 2;

const IDLE_TIMEOUT_MS = 30_000;

/** `ListStore` on S3. Needs s3:ListBucket on what is listed, s3:GetObject on lists. */
export function createS3ListStore(aws: Pick<AwsSettings, 'region' | 'pathStyle' | 'proxies'>): ListStore {
  const client = createS3Client({ ...aws, idleTimeoutMs: IDLE_TIMEOUT_MS, connections: CONNECTIONS });
  return {
    listObjects: (request) => listObjects(client, request),
    openList: (list) => openList(client, list),
  };
}

/** By start-after rather than by token: a key is a position that outlives the request it came from. */
async function listObjects(
  client: S3Client,
  { bucket, prefix, after, max }: ListRequest,
): Promise<ListedObjects> {
  const command = new ListObjectsV2Command({
    Bucket: bucket,
    ...(prefix === '' ? {} : { Prefix: prefix }),
    ...(after === undefined ? {} : { StartAfter: after }),
    MaxKeys: max,
    EncodingType: 'url', // XML cannot hold every character that a key can
  });
  const answer = await client.send(command).catch((error: unknown) => {
    const translated = translateAwsError(error, 'list objects', { bucket, prefix });
    // S3 says 404 of a listing for the bucket only.
    const isGone = translated instanceof MidstateError && translated.failure === 'ObjectGone';
    throw isGone
      ? new MidstateError('BucketNotFound', 'list objects: the bucket does not exist', { facts: { bucket } })
      : translated;
  });
  const decode = answer.EncodingType === 'url' ? decodeKey : (key: string) => key;
  const objects = (answer.Contents ?? []).flatMap(({ Key, ETag, Size }) =>
    Key === undefined ? [] : [{ bucket, key: decode(Key), etag: unquote(ETag ?? ''), sizeBytes: Size ?? 0 }],
  );
  return { objects, isLast: answer.IsTruncated !== true };
}

/** As HTML forms are encoded; the SDK leaves it to the caller. */
function decodeKey(key: string): string {
  return decodeURIComponent(key.replaceAll('+', ' '));
}

async function openList(client: S3Client, list: ListRef): Promise<OpenList> {
  const { bucket, key, etag } = list;
  const wanted = { bucket, key, ...(etag === undefined ? {} : { etag }) };
  const failed = (error: unknown) => translateListError(error, { bucket, key });
  const answer = await client.send(new GetObjectCommand(pinned(wanted))).catch((error: unknown) => {
    throw failed(error);
  });
  return {
    etag: unquote(answer.ETag ?? ''),
    lines: linesOf(answer.Body as Readable, key.endsWith('.gz'), failed),
  };
}

async function* linesOf(
  body: Readable,
  isGzipped: boolean,
  failed: (error: unknown) => unknown,
): AsyncGenerator<string> {
  const text = isGzipped ? body.pipe(createGunzip()) : body;
  if (isGzipped) body.once('error', (error) => text.destroy(error));
  const lines = createInterface({ input: text, crlfDelay: Infinity });
  // readline ends as if all were well when its input breaks.
  let broken: unknown;
  text.once('error', (error) => {
    broken = error;
    lines.close();
  });
  try {
    yield* lines;
    if (broken !== undefined) throw failed(broken);
  } finally {
    lines.close();
    body.destroy();
  }
}

function translateListError(error: unknown, facts: { bucket: string; key: string }): unknown {
  const code = (error as { code?: unknown }).code;
  if (code === 'Z_DATA_ERROR') {
    return new MidstateError('InvalidInput', 'read list: its key ends in .gz, but it is not gzip', {
      facts,
      cause: error,
    });
  }
  if (code === 'Z_BUF_ERROR') {
    return new MidstateError('StoreUnavailable', 'read list: it ended early; it is read again', {
      facts,
      cause: error,
    });
  }
  return translateAwsError(error, 'read list', facts);
}
