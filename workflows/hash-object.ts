import { continueAsNew, isCancellation } from '@temporalio/workflow';
import type { Digests } from '../activities/index.js';
import type {
  Checkpoint,
  HashObjectInput,
  HashObjectResult,
  HashStats,
  ObjectDescription,
  Outcome,
  Proof,
  SinkReceipt,
} from '../src/core/contracts.js';
import { memoryClass, type MemoryClassMB } from '../src/core/memory-classes.js';
import { judgeDigests, proveDigests } from '../src/core/proof.js';
import { chooseMemoryClass } from '../src/core/routing.js';
import { controlOptions, describeObject, publishDigests } from './activity-proxies.js';
import { createClassInUse, type ClassInUse } from './class-in-use.js';
import { causeOf, checkpointOf, isJobFailure, jobFailure } from './job-failure.js';
import { createProgressBoard, showFailure, showResult, type ProgressBoard } from './job-visibility.js';
import { addReadStats, readRanges } from './read-ranges.js';
import { runSmallObject } from './run-small-object.js';

/** A digest that contradicts S3's own checksum is read once more before the job fails. */
const READINGS = 2;

interface Hashed {
  readonly object: HashObjectInput['object'];
  readonly digests: Digests;
  readonly proof: Proof;
  readonly published: readonly SinkReceipt[];
  readonly stats: HashStats;
}

/** The durable state of a job, for the failure that may end it. */
interface Job {
  readonly input: HashObjectInput;
  readonly board: ProgressBoard;
  stats: HashStats;
  checkpoint: Checkpoint | undefined;
  /** 1 for the first reading of the object's bytes. */
  reading: number;
}

/**
 * Hashes one object version. History: 12 events for an object of one chunk or less; 24 + 6 a range otherwise, and a
 * new run each 400 ranges.
 *
 * Ends as `hashed`, as `superseded` (the object changed: its own event hashes it) or as `gone`; or fails under a name
 * of the taxonomy, with the last checkpoint in the failure's details.
 */
export async function hashObject(input: HashObjectInput): Promise<HashObjectResult> {
  const { continued } = input;
  const job: Job = {
    input,
    board: createProgressBoard(),
    stats: continued?.stats ?? emptyStats(),
    checkpoint: input.resumeFrom,
    reading: continued?.reading ?? 1,
  };
  try {
    const hashed = await hashAndProve(job);
    return finish(job, 'hashed', hashed);
  } catch (error) {
    if (!isJobFailure(error) || isCancellation(error)) throw error;
    const cause = causeOf(error);
    if (cause === 'ObjectChanged') return finish(job, 'superseded');
    if (cause === 'ObjectGone') return finish(job, 'gone');
    showFailure(cause);
    throw jobFailure(cause, error, checkpointOf(error) ?? job.checkpoint);
  }
}

async function hashAndProve(job: Job): Promise<Hashed> {
  for (;;) {
    try {
      return await hashOnce(job);
    } catch (error) {
      if (causeOf(error) !== 'CorruptRead' || job.reading === READINGS) throw error;
      job.reading++;
      job.checkpoint = undefined;
    }
  }
}

async function hashOnce(job: Job): Promise<Hashed> {
  const { input } = job;
  if (input.object.sizeBytes !== undefined && isSmall(input, input.object.sizeBytes))
    return await hashSmall(job);
  const description = input.continued?.description ?? (await describe(input));
  if (isSmall(input, description.object.sizeBytes)) return await hashSmall(job, description);
  return await hashLarge(job, description);
}

/** One chunk or less, and nothing to resume: one activity does it all. */
function isSmall(input: HashObjectInput, sizeBytes: number): boolean {
  const rangeBytes = input.policy?.rangeSizeBytes ?? Infinity;
  const chunkBytes = memoryClass(classFor(input, sizeBytes)).chunkSizeBytes;
  return input.resumeFrom === undefined && sizeBytes <= Math.min(chunkBytes, rangeBytes);
}

function classFor({ policy = {} }: HashObjectInput, sizeBytes: number): MemoryClassMB {
  return policy.memoryClassMB ?? chooseMemoryClass(sizeBytes, policy.servedMemoryClassesMB, policy.route);
}

async function describe(input: HashObjectInput): Promise<ObjectDescription> {
  const options = controlOptions(input.policy ?? {}, 'describe');
  return await describeObject.executeWithOptions(options, [{ object: input.object }]);
}

async function hashSmall(job: Job, description?: ObjectDescription): Promise<Hashed> {
  const { algorithms, policy = {}, object } = job.input;
  const wanted = description?.object ?? object;
  const sizeBytes = wanted.sizeBytes ?? 0;
  const memory = createClassInUse(classFor(job.input, sizeBytes));
  const input = { object: wanted, algorithms, publish: policy.publish ?? {} };
  const result = await runSmallObject(policy, memory, input, sizeBytes);
  job.stats = addReadStats({ ...job.stats, memoryClassMB: memory.memoryMB }, result.stats);
  return {
    object: result.description.object,
    digests: result.digests,
    proof: result.proof,
    published: result.receipts,
    stats: job.stats,
  };
}

async function hashLarge(job: Job, description: ObjectDescription): Promise<Hashed> {
  const { input } = job;
  const { object } = description;
  const moved = input.continued?.memoryClassMB;
  const memory = createClassInUse(moved ?? classFor(input, object.sizeBytes), moved !== undefined);
  job.stats = { ...job.stats, memoryClassMB: memory.memoryMB };
  const checkpoint = usableCheckpoint(job.checkpoint, object, input.algorithms) ?? {
    object,
    bytesHashed: 0,
    midstates: [],
  };
  const reading = await readRanges(
    input,
    description,
    memory,
    { checkpoint, stats: job.stats },
    {
      board: job.board,
      onCheckpoint: (reached) => {
        job.checkpoint = reached;
      },
    },
  );
  job.stats = reading.stats;
  const { digests } = reading;
  if (digests === undefined) return await continueInNewRun(job, description, memory);
  const proof = proveDigests(digests, description.storedChecksums);
  const published = await publish(input, description, digests);
  return { object, digests, proof, published, stats: job.stats };
}

/** A checkpoint of another version, of other algorithms, or beyond the object's end, is worth nothing. */
function usableCheckpoint(
  checkpoint: Checkpoint | undefined,
  object: ObjectDescription['object'],
  algorithms: HashObjectInput['algorithms'],
): Checkpoint | undefined {
  const isSame = checkpoint?.object.etag === object.etag && checkpoint.object.versionId === object.versionId;
  if (!isSame || checkpoint.bytesHashed >= object.sizeBytes) return undefined;
  const present = checkpoint.midstates.map(({ algorithm }) => algorithm);
  const isComplete = present.length === algorithms.length && algorithms.every((a) => present.includes(a));
  return isComplete ? checkpoint : undefined;
}

async function continueInNewRun(
  { input, stats, checkpoint, reading }: Job,
  description: ObjectDescription,
  memory: ClassInUse,
): Promise<never> {
  return await continueAsNew<typeof hashObject>({
    ...input,
    object: description.object,
    ...(checkpoint === undefined ? {} : { resumeFrom: checkpoint }),
    continued: {
      description,
      stats,
      reading,
      ...(memory.hasMoved ? { memoryClassMB: memory.memoryMB } : {}),
    },
  });
}

async function publish(
  input: HashObjectInput,
  description: ObjectDescription,
  digests: Digests,
): Promise<readonly SinkReceipt[]> {
  const sinks = input.policy?.publish ?? {};
  if (sinks.tags !== true && sinks.sidecar !== true) return [];
  const options = controlOptions(input.policy ?? {}, 'publish');
  const { receipts } = await publishDigests.executeWithOptions(options, [
    { description, digests, publish: sinks },
  ]);
  return receipts;
}

function finish(job: Job, outcome: Outcome, hashed?: Hashed): HashObjectResult {
  const digests = hashed?.digests ?? {};
  const result: HashObjectResult = {
    outcome,
    object: hashed?.object ?? job.input.object,
    digests,
    verdict: judgeDigests(digests, job.input.expected),
    proof: hashed?.proof ?? { kind: 'none', reason: 'the object was not hashed' },
    published: hashed?.published ?? [],
    stats: { ...job.stats, finishedAt: new Date().toISOString() },
  };
  showResult(result);
  return result;
}

function emptyStats(): HashStats {
  return {
    bytesRead: 0,
    bytesReadTwice: 0,
    lostAttempts: 0,
    ranges: 0,
    attempts: 0,
    memoryClassMB: chooseMemoryClass(0),
    startedAt: new Date().toISOString(),
    finishedAt: '',
  };
}
