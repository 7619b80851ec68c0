import { activityInfo, heartbeat } from '@temporalio/activity';
import { proveDigests } from '../src/core/proof.js';
import type {
  AttemptWord,
  HashRangeProgress,
  HashSmallObjectInput,
  HashSmallObjectResult,
} from './activity-contracts.js';
import type { ActivityDependencies } from './activity-dependencies.js';
import { describeObject } from './describe-object.js';
import { hashRange } from './hash-range.js';
import { countLostAttempts } from './hash-range-progress.js';
import { publishDigests } from './publish-digests.js';

/**
 * Describes, hashes, proves and publishes an object of one chunk or less: the whole job in one activity.
 *
 * Retry-safe: each of its parts is. Heartbeat: as `hashRange`.
 *
 * @throws MidstateError whatever its parts throw; CorruptRead when the bytes read are not those stored
 */
export async function hashSmallObject(
  deps: ActivityDependencies,
  input: HashSmallObjectInput,
): Promise<HashSmallObjectResult> {
  const description = await withLastWord(input, () => describeObject(deps.store, input));
  const { object } = description;
  const { digests = {}, stats } = await hashRange(deps, {
    object,
    algorithms: input.algorithms,
    startByte: 0,
    endByteExclusive: object.sizeBytes,
    midstates: [],
    ...(input.worker === undefined ? {} : { worker: input.worker }),
    ...(input.progress === undefined ? {} : { progress: input.progress }),
  });
  const proof = proveDigests(digests, description.storedChecksums);
  const restart = { checkpoint: { object, bytesHashed: 0, midstates: [] }, bytesRead: stats.bytesRead };
  const { receipts } = await withLastWord(
    input,
    () => publishDigests(deps.store, { description, digests, publish: input.publish }),
    restart,
  );
  return { description, digests, proof, receipts, stats };
}

/**
 * A part that fails leaves a last word, as `hashRange` does: such an attempt is not lost.
 *
 * @param standing where the reading stands; default: where the attempt before left it
 */
async function withLastWord<T>(
  input: HashSmallObjectInput,
  part: () => Promise<T>,
  standing?: Pick<HashRangeProgress, 'checkpoint' | 'bytesRead'>,
): Promise<T> {
  try {
    return await part();
  } catch (error) {
    const { attempt, ...info } = activityInfo();
    const earlier = (info.heartbeatDetails ?? input.progress) as Partial<HashRangeProgress> | undefined;
    const lostAttempts = countLostAttempts(earlier, attempt);
    heartbeat({ ...earlier, ...standing, lostAttempts, attempt, handedOn: true } satisfies AttemptWord);
    throw error;
  }
}
