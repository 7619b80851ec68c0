import type { Algorithm } from './algorithms.js';
import { isCompositeAlgorithm, type CompositeAlgorithm } from './composite-checksum.js';
import type { ObjectDescription } from './contracts.js';
import { etagMeaning } from './etag.js';

/** What S3 holds of an object by its parts. */
export interface PartsChecksum {
  readonly algorithm: CompositeAlgorithm;
  /** As `compositeChecksum` writes it: hex, a dash, the number of parts. */
  readonly value: string;
  readonly parts: number;
}

const CHEAPEST_FIRST: readonly Algorithm[] = ['crc32c', 'crc32', 'sha1', 'sha256'];

/**
 * S3's composite checksum of the object, the cheapest to compute; else its multipart ETag; else why neither will do, or
 * nothing: an object uploaded in one piece has an ETag that the whole can be compared with.
 */
export function partsChecksum(
  description: ObjectDescription,
): PartsChecksum | { readonly algorithm: undefined; readonly reason?: string } {
  const etag = etagMeaning(description);
  const etagParts = partsOf(description.object.etag);
  for (const algorithm of CHEAPEST_FIRST) {
    const stored = description.storedChecksums.find(
      (c) => c.algorithm === algorithm && c.type === 'COMPOSITE',
    );
    const parts = stored?.parts ?? etagParts;
    if (stored !== undefined && parts !== undefined && isCompositeAlgorithm(algorithm)) {
      return { algorithm, value: `${stored.value}-${String(parts)}`, parts };
    }
  }
  if (etag.md5 === undefined) return { algorithm: undefined, reason: etag.reason };
  if (etag.parts === undefined) return { algorithm: undefined };
  return { algorithm: 'md5', value: description.object.etag, parts: etag.parts };
}

/** The number of parts that an ETag ends in, whatever stands before it. */
function partsOf(etag: string): number | undefined {
  const [, parts] = /-(\d{1,5})$/.exec(etag) ?? [];
  return parts === undefined ? undefined : Number(parts);
}
