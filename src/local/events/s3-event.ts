/** The kinds of upload that S3 announces. */
export const UPLOAD_EVENTS = ['Put', 'Post', 'Copy', 'CompleteMultipartUpload'] as const;
export type UploadEvent = (typeof UPLOAD_EVENTS)[number];

/** One object version as HeadObject or ListObjectVersions tell it. */
export interface StoredVersion {
  readonly bucket: string;
  /** Decoded. */
  readonly key: string;
  readonly sizeBytes: number;
  /** Without quotes. */
  readonly etag: string;
  /** Absent where the bucket is not versioned. */
  readonly versionId?: string;
  readonly lastModified: Date;
}

export interface Upload extends StoredVersion {
  readonly event: UploadEvent;
  readonly eventTime: Date;
}

/** Who the local stack says it is, where S3 would give an account's ids. */
const PRINCIPAL = { principalId: 'midstate-local' };

/**
 * The message S3 would send for an upload: event structure 2.1, names without `s3:`, key encoded, ETag without quotes,
 * version id only in versioned buckets.
 */
export function s3EventMessage(upload: Upload, region: string): object {
  const { bucket, versionId } = upload;
  const object = {
    key: encodeEventKey(upload.key),
    size: upload.sizeBytes,
    eTag: upload.etag,
    ...(versionId === undefined ? {} : { versionId }),
    sequencer: sequencerOf(upload),
  };
  const record = {
    eventVersion: '2.1',
    eventSource: 'aws:s3',
    awsRegion: region,
    eventTime: upload.eventTime.toISOString(),
    eventName: `ObjectCreated:${upload.event}`,
    userIdentity: PRINCIPAL,
    requestParameters: { sourceIPAddress: '127.0.0.1' },
    responseElements: { 'x-amz-request-id': sequencerOf(upload), 'x-amz-id-2': 'local' },
    s3: {
      s3SchemaVersion: '1.0',
      configurationId: 'midstate-local',
      bucket: { name: bucket, ownerIdentity: PRINCIPAL, arn: `arn:aws:s3:::${bucket}` },
      object,
    },
  };
  return { Records: [record] };
}

/**
 * 16 upper-case hex digits that order the uploads of one key: when the upload was stored, in milliseconds of whole
 * seconds, for HeadObject tells no finer. Whoever tells of an upload, webhook or sweep, gives it the same value.
 */
export function sequencerOf(version: StoredVersion): string {
  const wholeSecondMs = Math.floor(version.lastModified.getTime() / 1_000) * 1_000;
  return wholeSecondMs.toString(16).toUpperCase().padStart(16, '0');
}

/** A key as S3's events carry it: form encoding (a space is `+`) of its UTF-8, with `/` left as it is. */
export function encodeEventKey(key: string): string {
  const bytes = Buffer.from(key, 'utf8');
  return bytes.reduce((encoded, byte) => encoded + encodeByte(byte), '');
}

function encodeByte(byte: number): string {
  const character = String.fromCharCode(byte);
  if (character === ' ') return '+';
  if (/[A-Za-z0-9._*/-]/.test(character)) return character;
  return `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
}
