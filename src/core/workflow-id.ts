import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type { ObjectRef } from './contracts.js';
import { printable } from './failures.js';
import { codeOf } from './markdown.js';
import { formatS3Uri, type S3Location } from './s3-uri.js';

/** SQL-backed Temporal servers store workflow IDs and keyword attributes in 255 characters. */
export const MAX_INDEXED_BYTES = 255;

/** What tells one object version from every other. */
export type ObjectIdentity = Pick<ObjectRef, 'bucket' | 'key'> &
  Partial<Pick<ObjectRef, 'versionId' | 'etag'>> & { readonly sequencer?: string | undefined };

/**
 * The workflow ID of an object version: `hash:bucket/start-of-key:digest`, at most 255 bytes. The digest is of
 * bucket, key and version id; without versioning, of the ETag and the event's sequencer, so that the same bytes
 * uploaded again are a new version, and a repeated event is not. ADR 0004 says why.
 */
export function workflowIdOf(object: ObjectIdentity): string {
  const version =
    object.versionId !== undefined && object.versionId !== 'null'
      ? `v:${object.versionId}`
      : `e:${object.etag ?? ''}:${object.sequencer ?? ''}`;
  const digest = bytesToHex(sha256(utf8ToBytes([object.bucket, object.key, version].join('\0')))).slice(
    0,
    32,
  );
  const readable = object.key.replace(/[^\w.\-/]+/g, '_').slice(0, 140);
  return `hash:${object.bucket}/${readable}:${digest}`;
}

/**
 * The start of `text` that fits a keyword search attribute on every store: at most 255 bytes of whole characters.
 * Control characters are escaped (PostgreSQL's text cannot hold NUL, and the Web UI shows attributes as they are).
 */
export function indexable(text: string): string {
  return startOf(printable(text), MAX_INDEXED_BYTES);
}

/** A Temporal server takes 400 bytes of JSON: less the verb, the quotes, and a byte for each escape. */
const MAX_SUMMARY_BYTES = 320;

/**
 * What a job is called in the Web UI: `hash s3://bucket/key`, a long key shortened in its middle. The Web UI takes it
 * for Markdown with HTML, so a key that could be read as such is put as code.
 */
export function jobSummary(location: S3Location): string {
  const text = shortened(printable(formatS3Uri(location)), MAX_SUMMARY_BYTES);
  return `hash ${isPlain(location) ? text : codeOf(text)}`;
}

/** Letters, digits, and what means nothing to Markdown where it stands; no address that would become a link. */
function isPlain({ key }: S3Location): boolean {
  const withoutInnerUnderscores = key.replace(/(?<=[\p{L}\p{N}])_+(?=[\p{L}\p{N}])/gu, '');
  return /^[\p{L}\p{N}/.-]+(?: [\p{L}\p{N}/.-]+)*$/u.test(withoutInnerUnderscores) && !/www\./i.test(key);
}

function shortened(text: string, maxBytes: number): string {
  if (byteLength(text) <= maxBytes) return text;
  const half = Math.floor(maxBytes / 2);
  return `${startOf(text, half)}…${endOf(text, half)}`;
}

/** The longest start of `text` that is at most `maxBytes` of UTF-8, in whole characters. */
function startOf(text: string, maxBytes: number): string {
  let bytes = 0;
  let end = 0;
  for (const character of text) {
    bytes += byteLength(character);
    if (bytes > maxBytes) break;
    end += character.length;
  }
  return text.slice(0, end);
}

function endOf(text: string, maxBytes: number): string {
  const reversed = (characters: string) => Array.from(characters).reverse().join('');
  return reversed(startOf(reversed(text), maxBytes));
}

function byteLength(text: string): number {
  return utf8ToBytes(text).length;
}
