import { ALGORITHM_TRAITS, type Algorithm } from '../src/core/algorithms.js';
import type {
  FinishedParts,
  HashPartsInput,
  HashPartsProgress,
  HashRangeInput,
} from './activity-contracts.js';
import { tryParseProgress } from './hash-range-progress.js';

/** The part at `index`, as a range that is hashed by itself. */
export function partAt(input: HashPartsInput, index: number): HashRangeInput {
  const { object, algorithm, combined, partSizes } = input;
  const before = partSizes.slice(0, index).reduce((sum, size) => sum + size, 0);
  const startByte = input.startByte + before;
  return {
    object,
    algorithms: [...new Set<Algorithm>([algorithm, ...combined])],
    startByte,
    endByteExclusive: startByte + (partSizes[index] ?? 0),
    midstates: [],
    originByte: startByte,
  };
}

/**
 * Reads the heartbeat details of an earlier attempt. Undefined when there are none, or when they are not of these parts:
 * all of them are then hashed from their start.
 */
export function tryParsePartsProgress(
  details: unknown,
  input: HashPartsInput,
): HashPartsProgress | undefined {
  const { finished } = (details ?? {}) as Partial<HashPartsProgress>;
  if (!isFinished(finished, input)) return undefined;
  const part = tryParseProgress(details, partAt(input, finished.count));
  return part === undefined ? undefined : { ...part, finished };
}

function isFinished(
  finished: Partial<FinishedParts> | undefined,
  input: HashPartsInput,
): finished is FinishedParts {
  if (typeof finished !== 'object') return false;
  const { count, partDigests, combined } = finished;
  return (
    Number.isSafeInteger(count) &&
    count !== undefined &&
    count >= 0 &&
    count < input.partSizes.length &&
    typeof partDigests === 'string' &&
    partDigests.length === count * ALGORITHM_TRAITS[input.algorithm].digestHexLength &&
    typeof combined === 'object' &&
    input.combined.every((a) => combined[a]?.length === ALGORITHM_TRAITS[a].digestHexLength)
  );
}
