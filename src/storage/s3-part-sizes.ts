import { GetObjectAttributesCommand, HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { ObjectRef } from '../core/contracts.js';
import { translateAwsError } from './aws-failures.js';
import { factsOf, pinned } from './pinned.js';

/** Up to so many parts are asked for one by one; beyond, a listing is tried first. */
const ASK_EACH_UP_TO = 50;

/** S3's limits: parts on a page of a listing, and of an object. */
const PAGE_PARTS = 1_000;
const MAX_PARTS = 10_000;

/** Requests under way at once. */
const LANES = 8;

/**
 * Lists the sizes of an object's parts. Every part is looked at, for their sizes may differ; undefined where the server
 * does not know parts, or counts them otherwise.
 */
export async function listPartSizes(
  client: S3Client,
  object: ObjectRef,
  parts: number,
): Promise<readonly number[] | undefined> {
  const first = await headPart(client, object, 1);
  if (first?.parts !== parts) return undefined;
  const listed = parts > ASK_EACH_UP_TO ? await tryListing(client, object) : undefined;
  return listed?.length === parts ? listed : await headEach(client, object, parts, first.sizeBytes);
}

/** One HEAD for each part but the first. */
async function headEach(
  client: S3Client,
  object: ObjectRef,
  parts: number,
  firstBytes: number,
): Promise<readonly number[] | undefined> {
  const sizes: (number | undefined)[] = [firstBytes];
  let asked = 1;
  const lane = async () => {
    while (asked < parts) {
      const index = asked++;
      const part = await headPart(client, object, index + 1);
      sizes[index] = part?.sizeBytes;
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  const known = sizes.filter((size) => size !== undefined);
  return known.length === parts ? known : undefined;
}

interface Part {
  readonly sizeBytes: number;
  /** Parts of the whole object. */
  readonly parts: number | undefined;
}

async function headPart(client: S3Client, object: ObjectRef, number: number): Promise<Part | undefined> {
  try {
    const head = await client.send(new HeadObjectCommand({ ...pinned(object), PartNumber: number }));
    return { sizeBytes: head.ContentLength ?? 0, parts: head.PartsCount };
  } catch (error) {
    if (isUnknownToServer(error)) return undefined;
    throw translateAwsError(error, 'list parts', { ...factsOf(object), part: number });
  }
}

/** S3 lists the parts of objects that were uploaded with checksums. Whatever goes wrong here, each can be asked for. */
async function tryListing(
  client: S3Client,
  { bucket, key, versionId }: ObjectRef,
): Promise<number[] | undefined> {
  const sizes: number[] = [];
  let PartNumberMarker: string | undefined;
  do {
    const page = await client
      .send(
        new GetObjectAttributesCommand({
          Bucket: bucket,
          Key: key,
          ...(versionId === undefined ? {} : { VersionId: versionId }),
          // One attribute alone: MinIO and versitygw refuse a request for several.
          ObjectAttributes: ['ObjectParts'],
          MaxParts: PAGE_PARTS,
          ...(PartNumberMarker === undefined ? {} : { PartNumberMarker }),
        }),
      )
      .catch(() => undefined);
    const parts = page?.ObjectParts;
    if (parts?.Parts === undefined || parts.Parts.some(({ Size }) => Size === undefined)) return undefined;
    sizes.push(...parts.Parts.map(({ Size }) => Size ?? 0));
    PartNumberMarker = parts.IsTruncated === true ? parts.NextPartNumberMarker : undefined;
  } while (PartNumberMarker !== undefined && sizes.length < MAX_PARTS);
  return sizes;
}

/** Statuses with which servers refuse a part number: no such part, not understood, not implemented. */
function isUnknownToServer(error: unknown): boolean {
  const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
  return status === 400 || status === 416 || status === 501;
}
