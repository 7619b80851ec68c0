import type { SizeKind } from './object-sizes.js';

/** One upload, and what must come of it. */
export interface Upload {
  readonly key: string;
  readonly kind: SizeKind;
  /** MD5 of the bytes, as S3 has it of an upload in one piece. */
  readonly etag: string;
  readonly sizeBytes: number;
  /** By `node:crypto`, taken while the bytes were made. */
  readonly sha1: string;
  /** `current`: must be hashed. `replaced`, `deleted`: hashed, or ended as superseded or gone. */
  state: 'current' | 'replaced' | 'deleted';
  /** True once S3 has said so. */
  isStored: boolean;
  /** How its job ended; undefined while it is under way. */
  outcome: string | undefined;
}

/** Every upload of the run, by key and ETag. */
export class ExpectedObjects {
  readonly #uploads = new Map<string, Upload>();
  readonly #waiting = new Set<Upload>();

  add(upload: Upload): void {
    this.#uploads.set(idOf(upload), upload);
    this.#waiting.add(upload);
  }

  find(version: { readonly key: string; readonly etag: string }): Upload | undefined {
    return this.#uploads.get(idOf(version));
  }

  /** Notes that another version took its place, or none: then it need not be hashed any more. */
  withdraw(upload: Upload, state: 'replaced' | 'deleted'): void {
    upload.state = state;
    this.#waiting.delete(upload);
  }

  end(upload: Upload, outcome: string): void {
    upload.outcome ??= outcome;
    if (outcome === 'hashed') this.#waiting.delete(upload);
  }

  /** Uploads that must be hashed and are not yet. */
  get waiting(): readonly Upload[] {
    return [...this.#waiting];
  }

  waitingOf(kind: SizeKind): number {
    return this.waiting.filter((upload) => upload.kind === kind).length;
  }

  get all(): readonly Upload[] {
    return [...this.#uploads.values()];
  }
}

function idOf({ key, etag }: { readonly key: string; readonly etag: string }): string {
  return `${key}\0${etag}`;
}
