import { MidstateError } from './failures.js';

export interface S3Location {
  readonly bucket: string;
  readonly key: string;
}

/** How a bucket's name is spelt, to be put into a larger pattern. */
export const BUCKET = '[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]';

export const BUCKET_NAME = new RegExp(`^${BUCKET}$`);

/** S3's limit, in UTF-8. */
export const MAX_KEY_BYTES = 1_024;

const URI = new RegExp(`^s3://(${BUCKET})/(.+)$`, 's');

/** True when `text` names an S3 object rather than a file. */
export function isS3Uri(text: string): boolean {
  return text.startsWith('s3://');
}

/**
 * Parses `s3://bucket/key`; the key is taken as it stands (never percent-decoded).
 * @throws MidstateError InvalidInput, not retried
 */
export function parseS3Uri(uri: string): S3Location {
  const [, bucket, key] = URI.exec(uri) ?? [];
  if (bucket === undefined || key === undefined) {
    throw new MidstateError('InvalidInput', 'object: expected s3://bucket/key', { facts: { actual: uri } });
  }
  return { bucket, key };
}

/** Formats an object as `s3://bucket/key`, unescaped: pass it through `printable` before it reaches a terminal. */
export function formatS3Uri(location: S3Location): string {
  return `s3://${location.bucket}/${location.key}`;
}
