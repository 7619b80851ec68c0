import { z } from 'zod';
import { unquote } from '../../core/etag.js';
import type { MidstateError } from '../../core/failures.js';
import { BUCKET_NAME, MAX_KEY_BYTES } from '../../core/s3-uri.js';
import { badRecord } from './event-faults.js';
import { refused, type MessageContents, type UploadEvent } from './message-contents.js';

/** A hand-made line. Strict: a misspelt field would be left out in silence, and another version hashed. */
const LINE = z.strictObject({
  bucket: z.string().regex(BUCKET_NAME, 'expected a bucket name'),
  key: z
    .string()
    .min(1)
    .refine((key) => Buffer.byteLength(key) <= MAX_KEY_BYTES, 'S3 allows 1,024 bytes'),
  versionId: z.string().min(1).optional(),
  etag: z.string().min(1).optional(),
  sizeBytes: z.number().int().nonnegative().optional(),
});

/** True for an object that names a bucket and a key at its top, which no other form does. */
export function isObjectLine(json: unknown): boolean {
  return typeof json === 'object' && json !== null && 'bucket' in json && 'key' in json;
}

/** Reads hand-made objects, each on its own; their keys are taken as they stand. `undefined` is a line that is no JSON. */
export function readObjectLines(
  values: readonly unknown[],
  nameOf: (index: number) => string,
): MessageContents {
  const uploads: UploadEvent[] = [];
  const faults: MidstateError[] = [];
  for (const [index, value] of values.entries()) {
    const line = LINE.safeParse(value);
    if (line.success) uploads.push(uploadOf(line.data));
    else if (value === undefined) faults.push(refused('bad-record', `${nameOf(index)}: it is not JSON`));
    else faults.push(badRecord(line.error, nameOf(index)));
  }
  return { form: 'lines', uploads, ignored: [], refused: faults };
}

function uploadOf({ bucket, key, versionId, etag, sizeBytes }: z.infer<typeof LINE>): UploadEvent {
  return {
    object: {
      bucket,
      key,
      ...(versionId === undefined ? {} : { versionId }),
      ...(etag === undefined ? {} : { etag: unquote(etag) }),
      ...(sizeBytes === undefined ? {} : { sizeBytes }),
    },
    source: { kind: 'submit' },
  };
}
