import type { ObjectDescription } from './contracts.js';

/** What an ETag says about an object's bytes: their MD5, or the MD5 of their parts' MD5s; or why it says nothing. */
export type EtagMeaning =
  | { readonly md5: string; readonly parts: number | undefined }
  | { readonly md5: undefined; readonly reason: string };

/** Strips the quotes in which HTTP and most events give an ETag. */
export function unquote(etag: string): string {
  return etag.replace(/^"|"$/g, '');
}

/** Encryption by which S3 keeps the MD5 of the plaintext as the ETag: SSE-S3. Source: "Object" in the S3 API reference. */
const ENCRYPTION_WITH_MD5: readonly string[] = ['AES256'];

/** Directory buckets (S3 Express One Zone), of which the ETags are no MD5s. */
const DIRECTORY_BUCKET = /--x-s3$/;

/** Tells what S3 guarantees of an object's ETag; an MD5 only where nothing speaks against it. */
export function etagMeaning({ object, encryption }: ObjectDescription): EtagMeaning {
  if (encryption !== undefined && !ENCRYPTION_WITH_MD5.includes(encryption)) {
    return { md5: undefined, reason: `the ETag of an object encrypted with ${encryption} is no MD5` };
  }
  if (DIRECTORY_BUCKET.test(object.bucket)) {
    return { md5: undefined, reason: 'the ETags of a directory bucket are no MD5s' };
  }
  const [, md5, parts] = /^([0-9a-f]{32})(?:-(\d{1,5}))?$/.exec(object.etag) ?? [];
  if (md5 === undefined) return { md5: undefined, reason: 'the ETag does not look like an MD5' };
  return { md5, parts: parts === undefined ? undefined : Number(parts) };
}
