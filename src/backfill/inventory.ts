import { z } from 'zod';
import { MidstateError } from '../core/failures.js';
import { faultsIn } from '../ingest/events/event-faults.js';
import type { ListedEntry } from './backfill-item.js';
import { tryParseCsvLine } from './csv-line.js';
import { readFields } from './object-line.js';

/** `manifest.json` as S3 writes it (User Guide, "Locating your inventory list"). Other fields are of no use here. */
const MANIFEST = z.object({
  sourceBucket: z.string(),
  destinationBucket: z.string(),
  fileFormat: z.string(),
  fileSchema: z.string(),
  files: z.array(z.object({ key: z.string() })),
});

export interface Inventory {
  /** Where the files lie. */
  readonly bucket: string;
  readonly files: readonly string[];
  /** Names of the columns, in their order. */
  readonly columns: readonly string[];
}

const NEEDED = ['Bucket', 'Key'];

/**
 * Parses the manifest of an S3 Inventory.
 * @throws MidstateError InvalidInput for what is none, and for the formats ORC and Parquet
 */
export function parseInventoryManifest(text: string, where: string): Inventory {
  const parsed = MANIFEST.safeParse(parseJson(text, where));
  if (!parsed.success) throw notInventory(where, faultsIn(parsed.error));
  const { destinationBucket, fileFormat, fileSchema, files } = parsed.data;
  if (fileFormat !== 'CSV') {
    throw new MidstateError(
      'InvalidInput',
      `inventory: its files are ${fileFormat}, only CSV is read: configure the inventory with CSV output, or write the keys to a CSV list (bucket,key) and use --csv`,
      { facts: { manifest: where } },
    );
  }
  const columns = fileSchema.split(',').map((name) => name.trim());
  const missing = NEEDED.filter((name) => !columns.includes(name));
  if (missing.length > 0) throw notInventory(where, `its fileSchema has no ${missing.join(', ')}`);
  return {
    bucket: destinationBucket.replace(/^arn:[^:]*:s3:::/, ''),
    files: files.map(({ key }) => key),
    columns,
  };
}

/** Reads a line of an inventory's file. Of all versions only the current one counts. */
export function readInventoryLine(line: string, columns: readonly string[], where: string): ListedEntry {
  const fields = tryParseCsvLine(line);
  if (fields?.length !== columns.length) {
    const got = fields === undefined ? 'a quote that is not closed' : String(fields.length);
    return { kind: 'fault', where, reason: `expected ${String(columns.length)} fields, got ${got}` };
  }
  const field = (name: string) => fields[columns.indexOf(name)];
  if (field('IsLatest') === 'false' || field('IsDeleteMarker') === 'true') return { kind: 'not-current' };
  return readFields(
    {
      bucket: field('Bucket') ?? '',
      key: field('Key') ?? '',
      versionId: field('VersionId'),
      sizeBytes: field('Size'),
      etag: field('ETag'),
    },
    where,
  );
}

function parseJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw notInventory(where, 'it is not JSON');
  }
}

function notInventory(where: string, fault: string): MidstateError {
  return new MidstateError(
    'InvalidInput',
    `inventory: expected the manifest.json of an S3 Inventory: ${fault}`,
    {
      facts: { manifest: where },
    },
  );
}
