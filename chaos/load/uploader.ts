import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { DeleteObjectCommand, HeadObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { unquote } from '../../src/core/etag.js';
import { randomPieces } from '../../src/demo/random-bytes.js';
import type { ChaosSettings } from '../plan.js';
import type { SeededRandom } from '../seeded-random.js';
import type { ExpectedObjects, Upload } from './expected-objects.js';
import { sizeOf, type SizeKind } from './object-sizes.js';

const UPLOADS_AT_ONCE = 3;
const RETRY_AFTER_MS = 300;

/** Keeps as many objects in flight as it is told to, of all sizes, until it is stopped. */
export class Uploader {
  readonly #counts: Record<SizeKind, number> = { small: 0, medium: 0, large: 0 };
  readonly #underWay: Record<SizeKind, number> = { small: 0, medium: 0, large: 0 };
  #lanes: Promise<void>[] = [];
  #isStopping = false;

  constructor(
    private readonly s3: S3Client,
    private readonly bucket: string,
    private readonly seed: string,
    private readonly settings: ChaosSettings,
    private readonly objects: ExpectedObjects,
  ) {}

  start(): void {
    this.#lanes = Array.from({ length: UPLOADS_AT_ONCE }, () => this.#keepInFlight());
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    await Promise.all(this.#lanes);
  }

  /** Puts other bytes in an object's place. */
  async overwrite(upload: Upload): Promise<void> {
    const sizeBytes = Math.max(1, upload.sizeBytes);
    const made = makeBytes(this.seed, `${upload.key} again`, sizeBytes);
    // Before: the job may meet the new bytes at any time from here on.
    this.objects.withdraw(upload, 'replaced');
    await this.#upload(upload.key, upload.kind, made);
  }

  async remove(upload: Upload): Promise<void> {
    this.objects.withdraw(upload, 'deleted');
    await this.#delete(upload.key);
  }

  /** Makes room: an object that was hashed and compared is no longer needed. */
  async forget(key: string): Promise<void> {
    await this.#delete(key).catch(() => undefined);
  }

  async #keepInFlight(): Promise<void> {
    while (!this.#isStopping) {
      const kind = this.#nextKind();
      if (kind === undefined) {
        await delay(100);
        continue;
      }
      const index = this.#counts[kind]++;
      const key = `${kind}/${String(index).padStart(5, '0')}`;
      this.#underWay[kind]++;
      const made = makeBytes(this.seed, key, sizeOf(this.seed, kind, index, this.settings));
      const uploaded = this.#upload(key, kind, made); // expected from here on
      this.#underWay[kind]--;
      await uploaded;
    }
  }

  #nextKind(): SizeKind | undefined {
    const { inFlight, mediumInFlight, largeInFlight } = this.settings;
    const now = (kind: SizeKind) => this.objects.waitingOf(kind) + this.#underWay[kind];
    if (now('large') < largeInFlight) return 'large';
    if (now('medium') < mediumInFlight) return 'medium';
    return now('small') < inFlight - largeInFlight - mediumInFlight ? 'small' : undefined;
  }

  async #upload(key: string, kind: SizeKind, made: MadeBytes): Promise<void> {
    const { bytes, etag, sha1 } = made;
    const upload: Upload = {
      ...{ key, kind, etag, sha1, sizeBytes: bytes.length },
      state: 'current',
      isStored: false,
      outcome: undefined,
    };
    this.objects.add(upload);
    await this.#put(key, made);
    upload.isStored = true;
  }

  /** Until S3 has it. An answer that was lost is asked after: the same bytes put twice would be two versions. */
  async #put(key: string, { bytes, etag }: MadeBytes): Promise<void> {
    for (;;) {
      try {
        await this.s3.send(
          new PutObjectCommand({ Bucket: this.bucket, Key: key, Body: bytes, ChecksumAlgorithm: 'CRC32' }),
        );
        return;
      } catch {
        const stored = await this.#currentEtag(key);
        if (stored === etag) return;
      }
    }
  }

  async #currentEtag(key: string): Promise<string | undefined> {
    for (;;) {
      await delay(RETRY_AFTER_MS);
      try {
        const head = await this.s3.send(new HeadObjectCommand({ Bucket: this.bucket, Key: key }));
        return unquote(head.ETag ?? '');
      } catch (error) {
        if ((error as Error).name === 'NotFound') return undefined;
      }
    }
  }

  async #delete(key: string): Promise<void> {
    for (;;) {
      try {
        await this.s3.send(new DeleteObjectCommand({ Bucket: this.bucket, Key: key }));
        return;
      } catch {
        if (this.#isStopping) return;
        await delay(RETRY_AFTER_MS);
      }
    }
  }
}

interface MadeBytes {
  readonly bytes: Buffer;
  readonly etag: string;
  readonly sha1: string;
}

/** The bytes of an object, the same for the same seed and name, and their digests. */
function makeBytes(seed: string, name: string, sizeBytes: number): MadeBytes {
  const [sha1, md5] = [createHash('sha1'), createHash('md5')];
  const start = createHash('sha512').update(`${seed}\0${name}`).digest();
  const pieces: Buffer[] = [];
  for (const piece of randomPieces(start.subarray(0, 32), start.subarray(32, 48), sizeBytes)) {
    sha1.update(piece);
    md5.update(piece);
    pieces.push(piece);
  }
  return { bytes: Buffer.concat(pieces), sha1: sha1.digest('hex'), etag: md5.digest('hex') };
}

/** An object whose job is under way, for what its owner does to it. */
export function pickVictim(objects: ExpectedObjects, random: SeededRandom): Upload | undefined {
  const waiting = objects.waiting.filter(({ isStored }) => isStored);
  return waiting.length === 0 ? undefined : random.pick(waiting);
}
