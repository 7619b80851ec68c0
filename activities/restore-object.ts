import type { ObjectStore } from '../src/core/ports.js';
import { allowedCostUsd, isCopied, lookEveryMs } from '../src/core/restore.js';
import type { RestoreObjectInput, RestoreObjectResult } from './activity-contracts.js';

/**
 * Looks whether an archived version can be read, and has it restored if nobody has asked for that.
 * Retry-safe: a restore that is under way is not asked for again.
 *
 * @throws MidstateError Archived (over the budget, or not at this tier), ObjectGone, ObjectChanged, AccessDenied (not
 *   retried); StoreUnavailable
 */
export async function restoreObject(
  store: ObjectStore,
  { object, restore }: RestoreObjectInput,
): Promise<RestoreObjectResult> {
  const { archive, isRestored, isRestoring, object: found } = await store.describe(object);
  if (archive === undefined || isRestored === true) return { isReadable: true };
  const waiting = { isReadable: false, archive, lookAgainMs: lookEveryMs(archive, restore) } as const;
  if (isRestoring === true) return waiting;
  const estimatedUsd = allowedCostUsd(archive, restore, found.sizeBytes);
  await store.requestRestore(found, restore.tier, isCopied(archive) ? restore.days : undefined);
  return { ...waiting, estimatedUsd };
}
