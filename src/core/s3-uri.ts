import { MidstateError } from './failures.js';

export interface S3Location {
  readonly bucket: string;
  readonly key: string;
}

/** True when `text` names an S3 object rather than a file. */
export function isS3Uri(text: string): boolean {
  return text.startsWith('s3://');
}

/**
 * Parses `s3://bucket/key`; the key is taken as it stands (never percent-decoded).
 * @throws MidstateError InvalidInput, not retried
 */
export function parseS3Uri(uri: string): S3Location {
  const match = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])\/(.+)$/s.exec(uri);
  const [, bucket, key] = match ?? [];
  if (bucket === undefined || key === undefined) {
    throw new MidstateError('InvalidInput', 'object: expected s3://bucket/key', { facts: { actual: uri } });
  }
  return { bucket, key };
}

/** Formats an object as `s3://bucket/key`, unescaped: pass it through `printable` before it reaches a terminal. */
export function formatS3Uri(location: S3Location): string {
  return `s3://${location.bucket}/${location.key}`;
}
