import { proveDigests } from '../src/core/proof.js';
import type { HashSmallObjectInput, HashSmallObjectResult } from './activity-contracts.js';
import type { ActivityDependencies } from './activity-dependencies.js';
import { describeObject } from './describe-object.js';
import { hashRange } from './hash-range.js';
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
  const description = await describeObject(deps.store, input);
  const { object } = description;
  const { digests = {}, stats } = await hashRange(deps, {
    object,
    algorithms: input.algorithms,
    startByte: 0,
    endByteExclusive: object.sizeBytes,
    midstates: [],
  });
  const proof = proveDigests(digests, description.storedChecksums);
  const { receipts } = await publishDigests(deps.store, { description, digests, publish: input.publish });
  return { description, digests, proof, receipts, stats };
}
