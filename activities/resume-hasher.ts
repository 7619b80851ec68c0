import { log } from '@temporalio/activity';
import { MidstateError } from '../src/core/failures.js';
import type { RangeHasher } from '../src/core/ports.js';
import type { HashRangeInput, HashRangeProgress } from './activity-contracts.js';
import type { ActivityDependencies } from './activity-dependencies.js';

/** Where in the object the hasher's byte 0 lies. */
export function originOf({ originByte }: Pick<HashRangeInput, 'originByte'>): number {
  return originByte ?? 0;
}

/** The hasher of an earlier attempt. A checkpoint that cannot be read costs the range's start, never a wrong digest. */
export async function tryResume(
  deps: Pick<ActivityDependencies, 'engine'>,
  input: HashRangeInput,
  { checkpoint }: HashRangeProgress,
): Promise<RangeHasher | undefined> {
  try {
    const hasher = await deps.engine.createHasher(input.algorithms, nonEmpty(checkpoint.midstates));
    const position = originOf(input) + hasher.bytesHashed;
    if (position === checkpoint.bytesHashed) return hasher;
    warnOfRefusal(
      input,
      `its midstates are at ${String(position)}, and not ${String(checkpoint.bytesHashed)}`,
    );
    return undefined;
  } catch (error) {
    if (!(error instanceof MidstateError) || error.failure !== 'MidstateIncompatible') throw error;
    warnOfRefusal(input, error.message);
    return undefined;
  }
}

/** Says why a range starts over although there was a checkpoint. */
export function warnOfRefusal({ object, startByte }: HashRangeInput, reason: string): void {
  const { bucket, key, versionId } = object;
  log.warn('checkpoint refused, range starts over', { bucket, key, versionId, startByte, reason });
}

/** An engine takes no midstates, rather than an empty list, for the initial state. */
export function nonEmpty<T>(items: readonly T[]): readonly T[] | undefined {
  return items.length === 0 ? undefined : items;
}
