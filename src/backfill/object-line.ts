import { unquote } from '../core/etag.js';
import { MidstateError } from '../core/failures.js';
import { BUCKET_NAME, MAX_KEY_BYTES } from '../core/s3-uri.js';
import { decodeEventKey } from '../ingest/events/decode-event-key.js';
import type { ListedEntry } from './backfill-item.js';
import { tryParseCsvLine } from './csv-line.js';

/** The facts of an object as a list has them: text, the key URL-encoded, what is not there empty. */
export interface ListedFields {
  readonly bucket: string;
  readonly key: string;
  readonly versionId?: string | undefined;
  readonly sizeBytes?: string | undefined;
  readonly etag?: string | undefined;
}

/** Reads `bucket,key[,versionId[,size]]`: the layout of an S3 Batch manifest, and the size. */
export function readObjectLine(line: string, where: string): ListedEntry {
  const fields = tryParseCsvLine(line);
  if (fields === undefined) return fault(where, 'a quote is not closed');
  const [bucket = '', key = '', versionId, sizeBytes, ...others] = fields;
  if (others.length > 0 || fields.length < 2) {
    return fault(where, `expected bucket,key[,versionId[,size]], got ${String(fields.length)} fields`);
  }
  return readFields({ bucket, key, versionId, sizeBytes }, where);
}

export function readFields(fields: ListedFields, where: string): ListedEntry {
  const { bucket, versionId = '', sizeBytes: size = '', etag = '' } = fields;
  if (!BUCKET_NAME.test(bucket)) return fault(where, `expected a bucket name, got ${bucket.slice(0, 70)}`);
  if (size !== '' && !/^\d{1,15}$/.test(size)) return fault(where, `expected a size in bytes, got ${size}`);
  const key = tryDecodeKey(fields.key, where);
  if (typeof key !== 'string') return key;
  const bytes = Buffer.byteLength(key);
  if (bytes === 0 || bytes > MAX_KEY_BYTES) {
    return fault(where, `expected a key of 1 to 1,024 bytes, got ${String(bytes)}`);
  }
  const object = {
    bucket,
    key,
    ...(versionId === '' ? {} : { versionId }),
    ...(etag === '' ? {} : { etag: unquote(etag) }),
    ...(size === '' ? {} : { sizeBytes: Number(size) }),
  };
  return { kind: 'object', object };
}

function tryDecodeKey(encoded: string, where: string): string | ListedEntry {
  try {
    return decodeEventKey(encoded, where);
  } catch (error) {
    if (error instanceof MidstateError) return fault(where, 'its key is not URL-encoded');
    throw error;
  }
}

function fault(where: string, reason: string): ListedEntry {
  return { kind: 'fault', where, reason };
}
