import { createHash } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { sequencerOf, type StoredVersion } from './s3-event.js';

/** One upload, whoever tells of it: its version, else its ETag and second; the same that makes a workflow's ID. */
export function uploadId(version: StoredVersion): string {
  const which = version.versionId ?? `${version.etag}\0${sequencerOf(version)}`;
  const text = [version.bucket, version.key, which].join('\0');
  return createHash('sha256').update(text).digest('base64url').slice(0, ID_LENGTH);
}

const ID_LENGTH = 22;

/**
 * The uploads whose events the queue has taken, one line each in an append-only file. A line that a crash cut
 * short counts for nothing: that event is sent again.
 */
export class SentLedger {
  readonly #sent: Set<string>;
  readonly #sentDuringReview = new Set<string>();
  #descriptor: number;

  constructor(private readonly file: string) {
    mkdirSync(dirname(file), { recursive: true });
    this.#descriptor = openSync(file, 'a+');
    const lines = readFileSync(file, 'utf8').split('\n');
    this.#sent = new Set(lines.filter((line) => line.length === ID_LENGTH));
    if (lines.at(-1) !== '') writeSync(this.#descriptor, '\n');
  }

  has(id: string): boolean {
    return this.#sent.has(id);
  }

  add(id: string): void {
    this.#sent.add(id);
    this.#sentDuringReview.add(id);
    writeSync(this.#descriptor, `${id}\n`);
  }

  /** To be called before the bucket is listed for `forgetAllBut`. */
  beginReview(): void {
    this.#sentDuringReview.clear();
  }

  /** Forgets uploads that are no longer stored; keeps those sent since the review began, which a listing may lack. */
  forgetAllBut(stored: ReadonlySet<string>): void {
    const before = this.#sent.size;
    for (const id of this.#sent)
      if (!stored.has(id) && !this.#sentDuringReview.has(id)) this.#sent.delete(id);
    if (this.#sent.size === before) return;
    const draft = `${this.file}.draft`;
    writeFileSync(draft, [...this.#sent].map((id) => `${id}\n`).join(''));
    closeSync(this.#descriptor);
    renameSync(draft, this.file);
    this.#descriptor = openSync(this.file, 'a');
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}
