import { MidstateError } from '../core/failures.js';
import type { ObjectRef } from '../core/contracts.js';
import { createRandomObject } from '../demo/random-bytes.js';
import type { S3Client } from '../storage/aws-clients.js';
import { deleteObject } from '../storage/delete-object.js';
import { createS3ObjectStore } from '../storage/s3-object-store.js';
import { uploadObject } from '../storage/upload-object.js';
import type { Cell } from './cell.js';
import type { MadeObject, StateFile } from './state-file.js';

/** An object to hash, and what must come out. */
export interface TuneObject {
  readonly object: ObjectRef;
  readonly sha1: string;
}

/** The objects of the runs, made when they are first needed; one that an earlier run made is taken as it is. */
export class TuneObjects {
  readonly #ready = new Map<string, TuneObject>();

  constructor(
    private readonly s3: S3Client,
    private readonly place: { readonly bucket: string; readonly prefix: string },
    private readonly state: StateFile,
    private readonly onUpload: (sizeBytes: number) => void,
  ) {}

  /** As many as the cell hashes at once. */
  async objectsFor({ objectBytes, objectsAtOnce }: Cell): Promise<TuneObject[]> {
    const objects: TuneObject[] = [];
    for (let index = 1; index <= objectsAtOnce; index++) {
      objects.push(
        await this.#objectAt(`${this.place.prefix}${String(objectBytes)}-${String(index)}.bin`, objectBytes),
      );
    }
    return objects;
  }

  /** Deletes what was made, by earlier runs on the same state too. */
  async removeAll(): Promise<void> {
    const { bucket } = this.place;
    for (const { key, versionId } of this.state.objects) {
      const version = versionId === undefined ? {} : { versionId };
      await deleteObject(this.s3, { bucket, key, ...version });
    }
  }

  async #objectAt(key: string, sizeBytes: number): Promise<TuneObject> {
    const found = this.#ready.get(key) ?? (await this.#madeBefore(key)) ?? (await this.#make(key, sizeBytes));
    this.#ready.set(key, found);
    return found;
  }

  async #madeBefore(key: string): Promise<TuneObject | undefined> {
    const made = this.state.objectOf(key);
    if (made === undefined) return undefined;
    const { etag, sizeBytes, sha1, versionId } = made;
    const version = versionId === undefined ? {} : { versionId };
    const object = { bucket: this.place.bucket, key, etag, sizeBytes, ...version };
    try {
      await createS3ObjectStore(this.s3).describe(object);
      return { object, sha1 };
    } catch (error) {
      const isGone =
        error instanceof MidstateError && ['ObjectGone', 'ObjectChanged'].includes(error.failure);
      if (isGone) return undefined;
      throw error;
    }
  }

  async #make(key: string, sizeBytes: number): Promise<TuneObject> {
    this.onUpload(sizeBytes);
    const { bucket } = this.place;
    const random = createRandomObject(sizeBytes);
    await uploadObject(this.s3, { bucket, key, body: random.body, onProgress: () => undefined });
    const { object } = await createS3ObjectStore(this.s3).describe({ bucket, key });
    const { etag, versionId } = object;
    const version = versionId === undefined ? {} : { versionId };
    const made: MadeObject = { kind: 'object', key, etag, sizeBytes, sha1: random.digest(), ...version };
    this.state.add(made);
    return { object, sha1: made.sha1 };
  }
}
