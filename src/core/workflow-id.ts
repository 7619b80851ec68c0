import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type { ObjectRef } from './contracts.js';

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
 * NUL, which PostgreSQL's text cannot hold, becomes its visible symbol.
 */
export function indexable(text: string): string {
  return truncateUtf8(text.replaceAll('\0', '\u2400'), MAX_INDEXED_BYTES);
}

/** The start of `text` that has at most `maxBytes` in UTF-8, in whole characters. */
export function truncateUtf8(text: string, maxBytes: number): string {
  let bytes = 0;
  let end = 0;
  for (const character of text) {
    bytes += utf8ToBytes(character).length;
    if (bytes > maxBytes) break;
    end += character.length;
  }
  return text.slice(0, end);
}
