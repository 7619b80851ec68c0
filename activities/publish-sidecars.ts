import type { Algorithm } from '../src/core/algorithms.js';
import type { ObjectDescription, ObjectRef, SinkReceipt } from '../src/core/contracts.js';
import { MidstateError } from '../src/core/failures.js';
import type { ObjectStore } from '../src/core/ports.js';
import { checksumLine } from '../src/core/checksum-line.js';
import type { Digests } from './activity-contracts.js';

/** S3's limit for a key, in bytes of UTF-8. */
const MAX_KEY_BYTES = 1024;

/** Tries against another writer of the same sidecar, each of which means that the object has changed meanwhile. */
const MAX_CONFLICTS = 5;

/**
 * Writes `<key>.<algorithm>` beside the object, one line that `sha1sum -c` (and its kin) read. A sidecar describes
 * the current version only, never replaces an object that midstate did not write, and never gets a sidecar itself.
 *
 * @throws MidstateError SidecarTaken, InvalidInput (key too long), AccessDenied (not retried), ObjectGone, ObjectChanged
 */
export async function publishSidecars(
  store: ObjectStore,
  description: ObjectDescription,
  digests: Digests,
): Promise<Omit<SinkReceipt, 'sink'>> {
  if (description.isSidecar) return { status: 'skipped', detail: 'the object is itself a sidecar' };
  if (description.object.key.endsWith('/')) {
    return { status: 'skipped', detail: 'the key ends in a slash: `sha1sum -c` could not name its file' };
  }
  const keys: string[] = [];
  for (const [algorithm, digest] of Object.entries(digests) as [Algorithm, string][]) {
    const key = `${description.object.key}.${algorithm}`;
    const written = await publishOne(store, description.object, key, digest);
    if (!written) return { status: 'skipped', detail: 'a newer version is the current one' };
    keys.push(key);
  }
  return { status: 'written', detail: `sidecar ${keys.join(', ')}` };
}

/**
 * Looks at the sidecar, then at the object, then writes on condition that the sidecar is still the one seen: a newer
 * version's sidecar is thus never replaced by an older one's.
 */
async function publishOne(
  store: ObjectStore,
  object: ObjectRef,
  key: string,
  digest: string,
): Promise<boolean> {
  refuseLongKey(object, key);
  for (let conflicts = 0; ; conflicts++) {
    const present = await tryDescribe(store, object.bucket, key);
    if (present !== undefined && !present.isSidecar) throw sidecarTaken(object, key);
    if (!(await isCurrent(store, object))) return false;
    try {
      await store.writeSidecar({
        bucket: object.bucket,
        key,
        body: checksumLine(digest, object.key.split('/').at(-1) ?? object.key),
        of: object,
        ...(present === undefined ? {} : { replacesEtag: present.object.etag }),
      });
      return true;
    } catch (error) {
      if (!isLostRace(error) || conflicts >= MAX_CONFLICTS) throw error;
    }
  }
}

/** Another writer replaced the sidecar (412), or somebody deleted it (404), since it was looked at. */
function isLostRace(error: unknown): boolean {
  return (
    error instanceof MidstateError && (error.failure === 'ObjectChanged' || error.failure === 'ObjectGone')
  );
}

async function tryDescribe(
  store: ObjectStore,
  bucket: string,
  key: string,
): Promise<ObjectDescription | undefined> {
  try {
    return await store.describe({ bucket, key });
  } catch (error) {
    if (error instanceof MidstateError && error.failure === 'ObjectGone') return undefined;
    throw error;
  }
}

/** With versions: whether the one hashed is the newest. Without: a changed object is refused by its ETag. */
async function isCurrent(store: ObjectStore, object: ObjectRef): Promise<boolean> {
  if (object.versionId === undefined) {
    await store.describe(object);
    return true;
  }
  const current = await tryDescribe(store, object.bucket, object.key);
  return current?.object.versionId === object.versionId && current.object.etag === object.etag;
}

function refuseLongKey(object: ObjectRef, key: string): void {
  const sizeBytes = Buffer.byteLength(key);
  if (sizeBytes <= MAX_KEY_BYTES) return;
  throw new MidstateError(
    'InvalidInput',
    `publish sidecar: its key would have ${String(sizeBytes)} bytes, S3 allows 1,024`,
    {
      facts: { bucket: object.bucket, key: object.key },
    },
  );
}

function sidecarTaken(object: ObjectRef, key: string): MidstateError {
  return new MidstateError(
    'SidecarTaken',
    'publish sidecar: the key holds an object that midstate did not write; rename it, or publish to tags',
    { facts: { bucket: object.bucket, key } },
  );
}
