import Table from 'cli-table3';
import type { Config } from '../config.js';
import type { HashObjectResult } from '../core/contracts.js';
import { MidstateError } from '../core/failures.js';
import { formatBytes } from '../core/format-bytes.js';
import { createS3Client } from '../storage/aws-clients.js';
import { uploadObject } from '../storage/upload-object.js';
import { openClient } from '../starter/open-client.js';
import { planDemo, type DemoObject } from './demo-objects.js';
import { createProgressBars, type ProgressBars } from './progress-bars.js';
import { createRandomObject } from './random-bytes.js';
import { waitForJob, watchJob } from './watch-job.js';

export interface DemoUploadsOptions {
  readonly config: Config;
  readonly bucket: string;
  readonly quick: boolean;
  /** Where progress is drawn. */
  readonly output: NodeJS.WriteStream;
  readonly stop: AbortSignal;
}

/** What became of one uploaded object. */
export interface UploadedRow extends DemoObject {
  readonly digest: string;
  /** SHA-1 by node:crypto, taken while the bytes were made. */
  readonly independentDigest: string;
  readonly seconds: number;
  readonly megabytesPerSecond: number;
  readonly memoryClassMB: number;
  readonly bytesReadTwice: number;
}

/**
 * Uploads the demo's objects, one after another, to the stack that the AWS and Temporal variables point at, and waits
 * for the job that each upload's event starts there.
 * @throws MidstateError when a server or a job fails, or when the stack's poller does not ask for sha1
 */
export async function runDemoUploads(options: DemoUploadsOptions): Promise<UploadedRow[]> {
  const { objects } = planDemo(options.quick, `demo-${String(Date.now())}`);
  const bars = createProgressBars(objects, options.output);
  const client = await openClient();
  const s3 = createS3Client({ ...options.config.aws, idleTimeoutMs: 30_000, connections: 4 });
  const rows: UploadedRow[] = [];
  try {
    for (const [index, object] of objects.entries()) {
      options.stop.throwIfAborted();
      const location = { bucket: options.bucket, key: object.key };
      const random = createRandomObject(object.sizeBytes);
      await uploadObject(s3, {
        ...location,
        body: random.body,
        onProgress: (bytes) => {
          bars.update(index, { phase: 'uploading', bytes, detail: '' });
        },
      });
      const result = await watchJob(client, await waitForJob(client, location), ({ progress }) => {
        options.stop.throwIfAborted();
        bars.update(index, { phase: 'hashing', bytes: progress?.bytesHashed ?? 0, detail: '' });
      });
      rows.push(rowOf(object, random.digest(), result));
      showDone(bars, index, object);
    }
    return rows;
  } finally {
    bars.stop();
    s3.destroy();
    await client.connection.close();
  }
}

/** True when every digest is the independent one. */
export function uploadsMatch(rows: readonly UploadedRow[]): boolean {
  return rows.every(({ digest, independentDigest }) => digest === independentDigest);
}

/** The closing table and what it means. */
export function describeUploads(rows: readonly UploadedRow[]): string[] {
  const table = new Table({
    head: ['object', 'sha1', 'checked', 'seconds', 'MB/s', 'class', 'read twice'],
    style: { head: [], border: [] },
    colAligns: ['right', 'left', 'left', 'right', 'right', 'right', 'right'],
  });
  for (const row of rows) {
    table.push([
      row.label,
      row.digest,
      row.digest === row.independentDigest ? 'equal' : 'DIFFERS',
      row.seconds.toFixed(1),
      row.megabytesPerSecond.toFixed(0),
      `${String(row.memoryClassMB)} MB`,
      formatBytes(row.bytesReadTwice),
    ]);
  }
  return [
    ...table.toString().split('\n'),
    uploadsMatch(rows)
      ? 'Each digest equals the one computed by node:crypto while the bytes were made.'
      : 'A DIGEST DIFFERS from the one computed by node:crypto while the bytes were made.',
  ];
}

function showDone(bars: ProgressBars, index: number, { sizeBytes }: DemoObject): void {
  bars.update(index, { phase: 'done', bytes: sizeBytes, detail: '' });
}

function rowOf(
  object: DemoObject,
  independentDigest: string,
  { digests, stats }: HashObjectResult,
): UploadedRow {
  if (digests.sha1 === undefined) {
    throw new MidstateError(
      'InvalidInput',
      'demo: the stack’s poller does not ask for sha1; set MIDSTATE_ALGORITHMS to a list with it',
      { facts: { key: object.key, expected: 'sha1', actual: Object.keys(digests).join(',') } },
    );
  }
  const seconds = (Date.parse(stats.finishedAt) - Date.parse(stats.startedAt)) / 1_000;
  return {
    ...object,
    digest: digests.sha1,
    independentDigest,
    seconds,
    megabytesPerSecond: object.sizeBytes / 1e6 / Math.max(seconds, 0.001),
    memoryClassMB: stats.memoryClassMB,
    bytesReadTwice: stats.bytesReadTwice,
  };
}
