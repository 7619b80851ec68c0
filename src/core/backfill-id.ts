import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type { BackfillInput, BackfillSource } from './backfill.js';
import { jobSummary } from './workflow-id.js';

type Identity = Pick<BackfillInput, 'name' | 'source' | 'missingOnly' | 'algorithms' | 'publish'>;

/**
 * The workflow ID of a backfill: `backfill:bucket/start-of-prefix:digest`, at most 255 bytes. The digest is of what it
 * goes through and of what is asked for, so that the same one is never run twice at once; how fast and how far is no
 * part of it.
 */
export function backfillIdOf(input: Identity): string {
  const { name, source, missingOnly = false, algorithms, publish } = input;
  const asked = [missingOnly, algorithms ?? null, publish?.tags ?? null, publish?.sidecar ?? null];
  const digest = bytesToHex(sha256(utf8ToBytes(JSON.stringify([name, source, asked])))).slice(0, 16);
  return `${name}:${readable(source)}:${digest}`;
}

/** The Schedule that reconciles a prefix; one for each, whatever is asked for. */
export function reconcileScheduleIdOf(bucket: string, prefix: string): string {
  const digest = bytesToHex(sha256(utf8ToBytes(`${bucket}\0${prefix}`))).slice(0, 16);
  return `reconcile:${readable({ kind: 'prefix', bucket, prefix })}:${digest}`;
}

/** What a backfill goes through, for people: `s3://bucket/prefix`, `3 lines`. */
export function describeSource(source: BackfillSource): string {
  switch (source.kind) {
    case 'prefix':
      return `s3://${source.bucket}/${source.prefix}`;
    case 'inventory':
    case 'csv':
      return `s3://${source.bucket}/${source.key}`;
    case 'lines':
      return `${String((source.leftOut ?? 0) + source.lines.length)} lines`;
  }
}

/** What a backfill is called in the Web UI, as `jobSummary` has it. */
export function backfillSummary({ name, source }: Pick<BackfillInput, 'name' | 'source'>): string {
  if (source.kind === 'lines') return `${name} of ${describeSource(source)}`;
  const key = source.kind === 'prefix' ? source.prefix : source.key;
  const called = jobSummary({ bucket: source.bucket, key }).replace(/^hash /, '');
  return `${name} ${called}`;
}

function readable(source: BackfillSource): string {
  if (source.kind === 'lines') return 'lines';
  const path = source.kind === 'prefix' ? source.prefix : source.key;
  return `${source.bucket}/${path.replace(/[^\w.\-/]+/g, '_').slice(0, 120)}`;
}
