import { activityInfo } from '@temporalio/activity';
import type { ObjectDescription } from '../src/core/contracts.js';
import {
  evidenceOf,
  onlyDigests,
  proveDigests,
  reusableDigests,
  withProofAlgorithm,
} from '../src/core/proof.js';
import type { HashSmallObjectInput, HashSmallObjectResult } from './activity-contracts.js';
import type { ActivityDependencies } from './activity-dependencies.js';
import { describeObject } from './describe-object.js';
import { hashRange } from './hash-range.js';
import { publishDigests } from './publish-digests.js';

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
  const description = await describeObject(deps.store, input);
  const reuse =
    input.reuseStored === true ? reusableDigests(input.algorithms, description.storedChecksums) : undefined;
  const { digests, proof, stats } =
    reuse?.digests === undefined
      ? await readAndProve(deps, input, description)
      : reused(input, reuse.digests);
  const { receipts } = await publishDigests(deps.store, { description, digests, publish: input.publish });
  const notes = reuse?.digests === undefined && reuse !== undefined ? { notes: [reuse.reason] } : {};
  return { description, digests, proof, receipts, stats, ...notes };
}

async function readAndProve(
  deps: ActivityDependencies,
  { algorithms }: HashSmallObjectInput,
  description: ObjectDescription,
): Promise<Answer> {
  const { object } = description;
  const { digests = {}, stats } = await hashRange(deps, {
    object,
    algorithms: withProofAlgorithm(algorithms, evidenceOf(description)),
    startByte: 0,
    endByteExclusive: object.sizeBytes,
    midstates: [],
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
