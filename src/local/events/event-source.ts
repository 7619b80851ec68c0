import type { S3Client } from '@aws-sdk/client-s3';
import { ConcurrencyGate } from './concurrency-gate.js';
import type { EventCourier } from './event-courier.js';
import type { StoredVersion, Upload } from './s3-event.js';
import { uploadId, type SentLedger } from './sent-ledger.js';
import { headVersion, listVersions, versionsOfKey } from './stored-versions.js';
import type { UploadNotice } from './webhook-notice.js';

/** Which uploads of the bucket are announced, as in a bucket's notification configuration; both match the decoded key. */
export interface EventFilter {
  readonly prefix?: string;
  readonly suffix?: string;
}

export interface EventSourceOptions {
  readonly s3: S3Client;
  readonly bucket: string;
  readonly filter: EventFilter;
  readonly courier: EventCourier;
  readonly ledger: SentLedger;
}

const CALLS_AT_ONCE = 16;
/** What a listing in XML has where a key has a character that XML cannot hold. */
const UNLISTABLE = '\uFFFD';

/** Turns what a webhook or a listing tells into events of exact versions. */
export class EventSource {
  readonly #gate = new ConcurrencyGate(CALLS_AT_ONCE);

  constructor(private readonly options: EventSourceOptions) {}

  /** True for a notice of the bucket that the filter lets through; a form upload's key is not known yet. */
  concerns(notice: UploadNotice): boolean {
    return notice.bucket === this.options.bucket && (notice.key === '' || this.#passes(notice.key));
  }

  /**
   * Sends the event of an upload that the webhook told of.
   * @returns false when it sent none: the upload was announced before, or overwritten, or the notice names another
   * key than the one uploaded to (versitygw 1.8.0 mixes up keys without a slash when many come at once)
   */
  async announce(notice: UploadNotice): Promise<boolean> {
    return this.#gate.run(async () => {
      let hasSent = false;
      for (const version of await this.#find(notice)) {
        const upload = { ...version, event: notice.event, eventTime: notice.eventTime };
        hasSent = (await this.options.courier.deliver(upload)) || hasSent;
      }
      return hasSent;
    });
  }

  /**
   * Lists the bucket and sends the events that were not sent, of older versions too; then forgets what is gone.
   * @returns how many it sent
   */
  async sweep(signal: AbortSignal): Promise<number> {
    const { s3, bucket, filter, ledger } = this.options;
    const stored = new Set<string>();
    ledger.beginReview();
    let sentCount = 0;
    for await (const page of listVersions(s3, bucket, filter.prefix ?? '')) {
      signal.throwIfAborted();
      for (const version of page) stored.add(uploadId(version));
      const unsent = page.filter((version) => this.#passes(version.key) && !ledger.has(uploadId(version)));
      const sent = await Promise.all(
        unsent.map((version) => this.#gate.run(() => this.#deliverListed(version))),
      );
      sentCount += sent.filter(Boolean).length;
    }
    ledger.forgetAllBut(stored);
    return sentCount;
  }

  async #deliverListed(version: StoredVersion): Promise<boolean> {
    if (version.key.includes(UNLISTABLE)) {
      // The key may be a garbled one: it counts only if it can be found by this name. Else the webhook has to do.
      const head = await headVersion(this.options.s3, version.bucket, version.key);
      if (head?.etag !== version.etag) return false;
    }
    return this.options.courier.deliver(asUpload(version));
  }

  /** HeadObject's answer if it is of the very upload and was not announced before; else the versions that could be. */
  async #find(notice: UploadNotice): Promise<StoredVersion[]> {
    const { s3, ledger } = this.options;
    const isMeant = (version: StoredVersion): boolean =>
      (notice.versionId === undefined || version.versionId === notice.versionId) &&
      version.etag === notice.etag;
    const head = await headVersion(s3, notice.bucket, notice.key);
    if (head !== undefined && isMeant(head) && !ledger.has(uploadId(head))) return [head];
    return (await versionsOfKey(s3, notice.bucket, notice.key)).filter(isMeant);
  }

  #passes(key: string): boolean {
    const { prefix = '', suffix = '' } = this.options.filter;
    return key.startsWith(prefix) && key.endsWith(suffix);
  }
}

/** A listing does not say how an object was uploaded; the ETag of a multipart upload ends with its count of parts. */
function asUpload(version: StoredVersion): Upload {
  const event = /-\d+$/.test(version.etag) ? 'CompleteMultipartUpload' : 'Put';
  return { ...version, event, eventTime: version.lastModified };
}
