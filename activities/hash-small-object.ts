import { activityInfo } from '@temporalio/activity';
import type { ObjectDescription } from '../src/core/contracts.js';
import type { OpenedObject } from '../src/core/ports.js';
import {
  evidenceOf,
  onlyDigests,
  proveDigests,
  reusableDigests,
  withProofAlgorithm,
} from '../src/core/proof.js';
import { chunksOf } from '../src/core/ranges.js';
import type {
  AttemptWord,
  HashRangeProgress,
  HashSmallObjectInput,
  HashSmallObjectResult,
} from './activity-contracts.js';
import type { ActivityDependencies } from './activity-dependencies.js';
import { describeObject, openObject } from './describe-object.js';
import { hashRange } from './hash-range.js';
import { countLostAttempts } from './hash-range-progress.js';
import { publishDigests } from './publish-digests.js';
import { withHeartbeats, type AttemptWatch } from './with-heartbeats.js';

type Answer = Pick<HashSmallObjectResult, 'digests' | 'proof' | 'stats'>;

/**
 * Describes, hashes, proves and publishes an object of one chunk or less: the whole job in one activity. A checksum
 * that proves is computed in the same read.
 *
 * Retry-safe: each of its parts is. Heartbeat: as `hashRange`.
 *
 * @throws MidstateError whatever its parts throw; CorruptRead when the bytes read are not those stored
 */
export async function hashSmallObject(
  deps: ActivityDependencies,
  input: HashSmallObjectInput,
): Promise<HashSmallObjectResult> {
  const { description, close } = await withAttemptKnown(deps, input, (watch) =>
    beginReading(deps, input, watch),
  );
  try {
    return await hashAndPublish(deps, input, description);
  } finally {
    close();
  }
}

/** In one request where all of the object is to be read, by this worker in one chunk; else described first. */
async function beginReading(
  deps: ActivityDependencies,
  input: HashSmallObjectInput,
  { stop }: AttemptWatch,
): Promise<OpenedObject> {
  const isFirst = activityInfo().attempt === 1 && input.progress === undefined;
  if (isFirst && input.reuseStored !== true && deps.isFull?.() !== true && isOneChunk(deps, input)) {
    return await openObject(deps.store, input, stop.readSignal);
  }
  return { description: await describeObject(deps.store, input), close: () => undefined };
}

function isOneChunk(
  { chunkSizeBytes }: ActivityDependencies,
  { object: { sizeBytes = 0 }, algorithms }: HashSmallObjectInput,
): boolean {
  const whole = { startByte: 0, endByteExclusive: sizeBytes };
  return [...chunksOf(whole, chunkSizeBytes, algorithms)].length === 1;
}

async function hashAndPublish(
  deps: ActivityDependencies,
  input: HashSmallObjectInput,
  description: ObjectDescription,
): Promise<HashSmallObjectResult> {
  const reuse =
    input.reuseStored === true ? reusableDigests(input.algorithms, description.storedChecksums) : undefined;
  const { digests, proof, stats } =
    reuse?.digests === undefined
      ? await readAndProve(deps, input, description)
      : reused(input, reuse.digests);
  const restart = {
    checkpoint: { object: description.object, bytesHashed: 0, midstates: [] },
    bytesRead: stats.bytesRead,
  };
  const { receipts } = await withAttemptKnown(
    deps,
    input,
    () => publishDigests(deps.store, { description, digests, publish: input.publish }),
    restart,
  );
  const notes = reuse?.digests === undefined && reuse !== undefined ? { notes: [reuse.reason] } : {};
  return { description, digests, proof, receipts, stats, ...notes };
}

async function readAndProve(
  deps: ActivityDependencies,
  { algorithms, worker, progress }: HashSmallObjectInput,
  description: ObjectDescription,
): Promise<Answer> {
  const { object } = description;
  const { digests = {}, stats } = await hashRange(deps, {
    object,
    algorithms: withProofAlgorithm(algorithms, evidenceOf(description)),
    startByte: 0,
    endByteExclusive: object.sizeBytes,
    midstates: [],
    ...(worker === undefined ? {} : { worker }),
    ...(progress === undefined ? {} : { progress }),
  });
  const proof = proveDigests(digests, description);
  return { digests: onlyDigests(digests, algorithms), proof, stats };
}

function reused({ algorithms }: HashSmallObjectInput, digests: Answer['digests']): Answer {
  const { attempt } = activityInfo();
  return {
    digests,
    proof: { kind: 'reused-stored', algorithms },
    stats: { bytesRead: 0, bytesReadTwice: 0, attempts: attempt, lostAttempts: 0 },
  };
}

/**
 * A part that takes long, or fails, says which attempt it is in, as `hashRange` does: such an attempt is not lost.
 *
 * @param standing where the reading stands; default: where the attempt before left it
 */
async function withAttemptKnown<T>(
  deps: ActivityDependencies,
  input: HashSmallObjectInput,
  part: (watch: AttemptWatch) => Promise<T>,
  standing?: Pick<HashRangeProgress, 'checkpoint' | 'bytesRead'>,
): Promise<T> {
  const { attempt, ...info } = activityInfo();
  const earlier = (info.heartbeatDetails ?? input.progress) as Partial<HashRangeProgress> | undefined;
  const lostAttempts = countLostAttempts(earlier, attempt);
  const word = (handedOn: boolean): AttemptWord => ({
    ...earlier,
    ...standing,
    lostAttempts,
    attempt,
    handedOn,
  });
  return await withHeartbeats(deps, word, part);
}
