import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import type { BackfillSource } from '../../core/backfill.js';
import { MAX_LINES_BYTES } from '../../core/backfill-lines.js';
import { MidstateError } from '../../core/failures.js';
import { formatBytes } from '../../core/format-bytes.js';
import { isS3Uri, parseS3Uri } from '../../core/s3-uri.js';
import { parseS3Prefix } from '../../core/s3-prefix.js';
import type { BackfillOptions } from './backfill-options.js';

/**
 * Where the objects come from: exactly one of a prefix, an inventory and a list.
 * @throws MidstateError InvalidInput
 */
export async function sourceOf(
  prefix: string | undefined,
  { inventory, csv, dryRun }: BackfillOptions,
): Promise<BackfillSource> {
  if ([prefix, inventory, csv].filter((given) => given !== undefined).length !== 1) {
    throw new MidstateError(
      'InvalidInput',
      'backfill: expected one of s3://bucket/prefix, --inventory and --csv',
    );
  }
  if (prefix !== undefined) return { kind: 'prefix', ...parseS3Prefix(prefix) };
  if (inventory !== undefined) return { kind: 'inventory', ...parseS3Uri(inventory) };
  const list = csv ?? '';
  if (isS3Uri(list)) return { kind: 'csv', ...parseS3Uri(list) };
  const lines = await readList(list);
  if (dryRun === true || Buffer.byteLength(lines) <= MAX_LINES_BYTES) {
    return { kind: 'lines', lines: lines.split(/\r?\n/) };
  }
  throw new MidstateError(
    'InvalidInput',
    `backfill: a list of ${formatBytes(Buffer.byteLength(lines))} is too long to travel along, at most ${formatBytes(MAX_LINES_BYTES)}: ` +
      'upload it (`aws s3 cp LIST s3://bucket/list.csv`) and name it as --csv s3://bucket/list.csv',
  );
}

async function readList(file: string): Promise<string> {
  return file === '-' ? await text(process.stdin) : await readFile(file, 'utf8');
}
