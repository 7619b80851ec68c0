import type { Client } from '@temporalio/client';
import { decodeMapFromPayloads } from '@temporalio/common/lib/internal-non-workflow/index.js';
import type { Payload } from '@temporalio/common';
import { tryFailureNote } from '../core/failure-note.js';
import type { UndonePage, UndonePageRequest } from '../core/replay-ports.js';
import type { JobRun, UndoneJob } from '../core/undone-jobs.js';
import { idsCondition, type UndoneState } from '../core/visibility-query.js';
import { refuseQuery } from './temporal-failures.js';

type RawRun = NonNullable<
  Awaited<ReturnType<Client['workflowService']['listWorkflowExecutions']>>['executions']
>[number];

/** Characters of ids in one query: it must stay well under what a server takes in one (32 kB where it says so). */
const ID_CHARACTERS_PER_QUERY = 25_000;

/** Queries under way at once: a server allows a namespace ten a second by default. */
const QUERIES_AT_ONCE = 8;

/** A page of what the query finds, each job's newest run only, and only where no other run has followed it. */
export async function undonePage(client: Client, request: UndonePageRequest): Promise<UndonePage> {
  const { query, pageSize, pageToken } = request;
  const { executions, nextPageToken } = await listRuns(client, query, pageSize, pageToken);
  const jobs = await Promise.all(newestOfEach(executions).map((run) => jobOf(client, run)));
  const known = jobs.filter((job) => job !== undefined);
  const current = await withoutFollowed(client, known);
  const isLast = nextPageToken.length === 0;
  return {
    jobs: current,
    ...(isLast ? {} : { nextPageToken: Buffer.from(nextPageToken).toString('base64') }),
  };
}

async function listRuns(client: Client, query: string, pageSize: number, pageToken?: string) {
  try {
    const { executions, nextPageToken } = await client.workflowService.listWorkflowExecutions({
      namespace: client.options.namespace,
      query,
      pageSize,
      ...(pageToken === undefined ? {} : { nextPageToken: Buffer.from(pageToken, 'base64') }),
    });
    return { executions, nextPageToken };
  } catch (error) {
    throw refuseQuery(error, query);
  }
}

/** Runs come newest first. */
function newestOfEach(runs: readonly RawRun[]): RawRun[] {
  const byId = new Map<string, RawRun>();
  for (const run of runs) {
    const id = run.execution?.workflowId ?? '';
    if (!byId.has(id)) byId.set(id, run);
  }
  return [...byId.values()];
}

/** A run that has failed stays failed in the lists for ever: whether the job goes on, or has a result, its newest run tells. */
async function withoutFollowed(client: Client, jobs: readonly UndoneJob[]): Promise<UndoneJob[]> {
  const newest = new Map<string, JobRun & { readonly startedMs: number }>();
  const chunks = chunksOfIds(jobs, ID_CHARACTERS_PER_QUERY);
  const look = async (chunk: readonly UndoneJob[]) => {
    const query = idsCondition(chunk.map(({ workflowId }) => workflowId));
    // Most have one run: a count says so at a fraction of a list's price.
    if ((await client.workflow.count(query)).count === chunk.length) return;
    let pageToken: string | undefined;
    do {
      const page = await listRuns(client, query, 1_000, pageToken);
      for (const { execution, startTime } of page.executions) {
        const [workflowId, runId] = [execution?.workflowId ?? '', execution?.runId ?? ''];
        const startedMs = millisecondsOf(startTime);
        if (startedMs > (newest.get(workflowId)?.startedMs ?? -1)) {
          newest.set(workflowId, { workflowId, runId, startedMs });
        }
      }
      const token = page.nextPageToken;
      pageToken = token.length === 0 ? undefined : Buffer.from(token).toString('base64');
    } while (pageToken !== undefined);
  };
  for (const some of chunksOf(chunks, QUERIES_AT_ONCE)) await Promise.all(some.map(look));
  return jobs.filter(({ workflowId, runId }) => (newest.get(workflowId)?.runId ?? runId) === runId);
}

/** Runs of jobs whose ids have so many characters together at most. */
function chunksOfIds(jobs: readonly UndoneJob[], most: number): UndoneJob[][] {
  const chunks: UndoneJob[][] = [];
  let left = 0;
  for (const job of jobs) {
    const { length } = job.workflowId;
    if (length > left) {
      chunks.push([]);
      left = most;
    }
    chunks.at(-1)?.push(job);
    left -= length + 4; // quotes, comma, space
  }
  return chunks;
}

function chunksOf<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}

/** `WorkflowExecutionStatus` of Temporal's API. */
const STATES: Readonly<Record<number, UndoneState>> = {
  3: 'failed',
  4: 'cancelled',
  5: 'terminated',
  7: 'timed-out',
};

/** What a job that was ended by hand is counted under. */
const NAMES: Readonly<Record<UndoneState, string>> = {
  failed: 'Unknown',
  cancelled: 'Cancelled',
  terminated: 'Terminated',
  'timed-out': 'Timeout',
};

/** Undefined for a run that has a result, or goes on. */
async function jobOf(client: Client, run: RawRun): Promise<UndoneJob | undefined> {
  const state = STATES[run.status ?? 0];
  if (state === undefined) return undefined;
  const attributes = run.searchAttributes?.indexedFields ?? {};
  const attribute = (name: string): unknown => plainValue(attributes[name]);
  const memo = await decodeMemo(client, run.memo?.fields ?? {});
  const note = tryFailureNote(memo);
  const cause = state === 'failed' ? attribute('HashCause') : undefined;
  const memoryClassMB = Number(attribute('MemoryClass') ?? NaN);
  const sizeBytes = Number(attribute('ObjectSizeBytes') ?? note?.sizeBytes ?? memo['sizeBytes'] ?? NaN);
  return {
    workflowId: run.execution?.workflowId ?? '',
    runId: run.execution?.runId ?? '',
    object: {
      bucket: textOf(memo['bucket'] ?? attribute('S3Bucket')),
      key: textOf(memo['key'] ?? attribute('S3Key')),
    },
    state,
    cause: typeof cause === 'string' ? cause : NAMES[state],
    closedAt: new Date(millisecondsOf(run.closeTime)).toISOString(),
    ...(Number.isNaN(memoryClassMB) ? {} : { memoryClassMB }),
    ...(Number.isNaN(sizeBytes) ? {} : { sizeBytes }),
    ...(note === undefined ? {} : { note }),
  };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Attributes are JSON, whatever a codec does to the rest. */
function plainValue(payload: Payload | undefined): unknown {
  return payload?.data == null
    ? undefined
    : (JSON.parse(Buffer.from(payload.data).toString('utf8')) as unknown);
}

/** Without a codec there is nothing to wait for: thousands of jobs are listed at once. */
async function decodeMemo(client: Client, fields: Record<string, Payload>): Promise<Record<string, unknown>> {
  const converter = client.options.loadedDataConverter;
  if (converter.payloadCodecs.length > 0) return (await decodeMapFromPayloads(converter, fields)) ?? {};
  return Object.fromEntries(
    Object.entries(fields).map(([name, payload]) => [name, converter.payloadConverter.fromPayload(payload)]),
  );
}

interface Timestamp {
  readonly seconds?: { toString(): string } | number | null;
  readonly nanos?: number | null;
}

function millisecondsOf(time: Timestamp | null | undefined): number {
  return Number(time?.seconds?.toString() ?? 0) * 1_000 + Math.floor((time?.nanos ?? 0) / 1_000_000);
}
