import { UPLOAD_EVENTS, type UploadEvent } from './s3-event.js';

/** What versitygw's webhook tells of an upload; size and sequencer are left out, for it gets them wrong. */
export interface UploadNotice {
  readonly event: UploadEvent;
  readonly eventTime: Date;
  readonly bucket: string;
  /** Decoded, as the webhook sends it; empty for a form upload, whose key is in the form. */
  readonly key: string;
  /** Without quotes. */
  readonly etag?: string;
  readonly versionId?: string;
}

/**
 * The uploads in a webhook's body: none in a test event, a removal, a tagging, or anything else that is JSON.
 * @throws SyntaxError when the body is not JSON
 */
export function parseWebhook(body: string): UploadNotice[] {
  const records: unknown = asRecord(JSON.parse(body))['Records'];
  return Array.isArray(records) ? records.flatMap((record) => tryParseRecord(asRecord(record)) ?? []) : [];
}

function tryParseRecord(record: Record<string, unknown>): UploadNotice | undefined {
  const event = UPLOAD_EVENTS.find((name) => record['eventName'] === `s3:ObjectCreated:${name}`);
  const s3 = asRecord(record['s3']);
  const bucket = asRecord(s3['bucket'])['name'];
  const { key, eTag, versionId } = asRecord(s3['object']);
  if (event === undefined || typeof bucket !== 'string' || typeof key !== 'string') return undefined;
  const eventTime = new Date(String(record['eventTime']));
  return {
    event,
    eventTime: Number.isNaN(eventTime.getTime()) ? new Date() : eventTime,
    bucket,
    key,
    ...(typeof eTag === 'string' && eTag !== '' ? { etag: eTag.replaceAll('"', '') } : {}),
    ...(typeof versionId === 'string' && versionId !== '' ? { versionId } : {}),
  };
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
