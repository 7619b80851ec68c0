import type { ObjectDescription, ObjectRef, SinkReceipt } from '../src/core/contracts.js';
import { MidstateError } from '../src/core/failures.js';
import type { ObjectStore } from '../src/core/ports.js';
import type { Digests } from './activity-contracts.js';

/** S3's limit. */
const MAX_TAGS = 10;

const TAG_PREFIX = 'midstate-';

/** On a bucket without versions the label says which upload it belongs to. */
const ETAG_TAG = `${TAG_PREFIX}etag`;

/**
 * Puts `midstate-<algorithm>` tags on the version hashed, next to the owner's tags.
 *
 * S3 has no conditional tag write. Where the bucket is versioned the tags go to the version by its id, and nothing can
 * come between. Elsewhere the object is checked before and after, the label carries its ETag, and a label that landed
 * on a newer upload is taken off again.
 *
 * What cannot be undone there: an upload that lands in between loses the tags it came with (ADR 0008).
 *
 * @throws MidstateError NoTagRoom (not retried), ObjectChanged, ObjectGone
 */
export async function publishTags(
  store: ObjectStore,
  { object }: ObjectDescription,
  digests: Digests,
): Promise<Omit<SinkReceipt, 'sink'>> {
  const present = await store.readTags(object);
  const ours = labelOf(object, digests);
  const merged = { ...present, ...ours };
  refuseWhenFull(object, present, merged);
  await store.describe(object);
  await store.writeTags(object, merged);
  await requireStillLabelled(store, object);
  return { status: 'written', detail: `tags ${Object.keys(ours).join(', ')}` };
}

function labelOf(object: ObjectRef, digests: Digests): Record<string, string> {
  const label = Object.entries(digests).map(([algorithm, digest]) => [`${TAG_PREFIX}${algorithm}`, digest]);
  return Object.fromEntries(isPinned(object) ? label : [...label, [ETAG_TAG, object.etag]]) as Record<
    string,
    string
  >;
}

function isPinned({ versionId }: ObjectRef): boolean {
  return versionId !== undefined && versionId !== 'null';
}

function refuseWhenFull(
  object: ObjectRef,
  present: Record<string, string>,
  merged: Record<string, string>,
): void {
  const needed = Object.keys(merged).length;
  if (needed <= MAX_TAGS) return;
  throw new MidstateError(
    'NoTagRoom',
    `publish tags: S3 allows ${String(MAX_TAGS)} tags on an object; its own and midstate's would be ${String(needed)}. ` +
      'Remove some, hash with fewer algorithms, or publish to a sidecar',
    { facts: { bucket: object.bucket, key: object.key, tagsPresent: Object.keys(present).length } },
  );
}

async function requireStillLabelled(store: ObjectStore, object: ObjectRef): Promise<void> {
  if (isPinned(object)) return;
  try {
    await store.describe(object);
  } catch (error) {
    if (error instanceof MidstateError && error.failure === 'ObjectChanged') await removeLabel(store, object);
    throw error;
  }
}

/** Takes our label off the upload that replaced ours, if it landed there; its owner's tags stay. */
async function removeLabel(store: ObjectStore, object: ObjectRef): Promise<void> {
  const tags = await store.readTags(object);
  if (tags[ETAG_TAG] !== object.etag) return;
  const rest = Object.entries(tags).filter(([name]) => !name.startsWith(TAG_PREFIX));
  await store.writeTags(object, Object.fromEntries(rest));
}
