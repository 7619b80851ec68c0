import { setTimeout as delay } from 'node:timers/promises';
import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import type { HashObjectResult } from '../../src/core/contracts.js';
import type { ExpectedObjects, Upload } from './expected-objects.js';

const LOOK_INTERVAL_MS = 1_000;

/** Visibility may be late: so far back each look begins again. */
const OVERLAP_MS = 10_000;

/** A job that ended otherwise than with a result. */
export interface FailedJob {
  readonly workflowId: string;
  readonly key: string;
  readonly status: string;
  readonly cause: string;
}

/** What came of the jobs so far. */
export interface JobEnds {
  readonly results: number;
  readonly wrong: readonly string[];
  readonly failed: readonly FailedJob[];
  /** Ends of versions that nobody has uploaded. */
  readonly unknown: readonly string[];
  /** Sum of the sizes of what was hashed: each byte of it had to be read once. */
  readonly bytesHashed: number;
  /** Read for versions that were replaced or deleted before their end. */
  readonly bytesReadInVain: number;
  /** Of objects of several chunks: attempts that neither ended well nor were lost with their worker. */
  readonly failedAttempts: number;
  readonly lostAttempts: number;
}

/** Looks at each job once it has ended, and compares its digest with that of the bytes as they were made. */
export class JobWatch {
  readonly #seen = new Set<string>();
  readonly #ends = {
    results: 0,
    wrong: [] as string[],
    failed: [] as FailedJob[],
    unknown: [] as string[],
    bytesHashed: 0,
    bytesReadInVain: 0,
    failedAttempts: 0,
    lostAttempts: 0,
  };
  #closedUntilMs = 0;
  #isStopping = false;
  #loop: Promise<void> | undefined;

  constructor(
    private readonly client: Client,
    private readonly bucket: string,
    private readonly objects: ExpectedObjects,
    private readonly onHashed: (upload: Upload) => void,
  ) {}

  get ends(): JobEnds {
    return this.#ends;
  }

  start(): void {
    this.#loop = this.#watch();
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#loop;
  }

  async #watch(): Promise<void> {
    while (!this.#isStopping) {
      await this.look().catch(() => undefined); // the server is away: it is asked again
      await delay(LOOK_INTERVAL_MS);
    }
  }

  /** Looks at what has ended since. @throws while the server is away */
  async look(): Promise<void> {
    const since = new Date(Math.max(this.#closedUntilMs - OVERLAP_MS, 0)).toISOString();
    const query = `S3Bucket = "${this.bucket}" AND ExecutionStatus != "Running" AND CloseTime > "${since}"`;
    for await (const run of this.client.workflow.list({ query })) {
      if (this.#seen.has(run.runId) || run.status.name === 'CONTINUED_AS_NEW') continue;
      await this.#take(run);
      this.#seen.add(run.runId);
      this.#closedUntilMs = Math.max(this.#closedUntilMs, run.closeTime?.getTime() ?? 0);
    }
  }

  async #take(run: WorkflowExecutionInfo): Promise<void> {
    const { workflowId, runId, status, memo } = run;
    const key = String(memo?.['key']);
    if (status.name !== 'COMPLETED') {
      const cause: unknown = await this.client.workflow
        .getHandle(workflowId, runId)
        .result()
        .catch((error: unknown) => error);
      this.#ends.failed.push({ workflowId, key, status: status.name, cause: messageOf(cause) });
      return;
    }
    const handle = this.client.workflow.getHandle(workflowId, runId);
    this.#compare(key, (await handle.result()) as HashObjectResult);
  }

  #compare(key: string, { object, outcome, digests, stats }: HashObjectResult): void {
    const ends = this.#ends;
    const upload = this.objects.find({ key, etag: object.etag ?? '' });
    ends.results++;
    ends.lostAttempts += stats.lostAttempts;
    if (upload === undefined) {
      ends.unknown.push(`${key} ${String(object.etag)} ${outcome}`);
      return;
    }
    if (upload.kind !== 'small') {
      ends.failedAttempts += Math.max(stats.attempts - stats.ranges - stats.lostAttempts, 0);
    }
    if (outcome === 'hashed') {
      ends.bytesHashed += upload.sizeBytes;
      if (digests.sha1 !== upload.sha1) ends.wrong.push(key);
    } else ends.bytesReadInVain += stats.bytesRead;
    this.objects.end(upload, outcome);
    if (outcome === 'hashed' && upload.state === 'current') this.onHashed(upload);
  }
}

function messageOf(cause: unknown): string {
  const inner = (cause as { readonly cause?: unknown }).cause ?? cause;
  const { type, message } = inner as { readonly type?: string; readonly message?: string };
  return `${type === undefined ? '' : `${type}: `}${message ?? String(inner)}`;
}

/** Versions with more than one result, of one job or of several. */
export async function findDoubles(client: Client, bucket: string): Promise<string[]> {
  const results = new Map<string, number>();
  const query = `S3Bucket = "${bucket}" AND ExecutionStatus = "Completed" AND HashStatus = "hashed"`;
  for await (const { workflowId, memo } of client.workflow.list({ query, pageSize: 1_000 })) {
    const key = String(memo?.['key']);
    for (const name of [`job ${workflowId}`, `version ${key} ${String(memo?.['etag'])}`]) {
      results.set(name, (results.get(name) ?? 0) + 1);
    }
  }
  return [...results].filter(([, count]) => count > 1).map(([name]) => name);
}
