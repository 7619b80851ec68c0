import { MidstateError } from './failures.js';
import { BUCKET } from './s3-uri.js';

const PREFIX = new RegExp(`^s3://(${BUCKET})(?:/(.*))?$`, 's');

/** A bucket, and how the keys meant begin; `` for all. */
export interface S3Prefix {
  readonly bucket: string;
  readonly prefix: string;
}

/**
 * Parses `s3://bucket`, `s3://bucket/` or `s3://bucket/prefix`; the prefix is taken as it stands.
 * @throws MidstateError InvalidInput, not retried
 */
export function parseS3Prefix(uri: string): S3Prefix {
  const [, bucket, prefix = ''] = PREFIX.exec(uri) ?? [];
  if (bucket !== undefined) return { bucket, prefix };
  throw new MidstateError('InvalidInput', 'prefix: expected s3://bucket/prefix', { facts: { actual: uri } });
}
