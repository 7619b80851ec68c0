import { jobNeeds } from '../../core/job-needs.js';
import { memoryClass } from '../../core/memory-classes.js';
import { PRICES } from '../../core/prices.js';
import { bytesOf, cellId, setupOf, type Cell } from '../cell.js';
import type { LambdaConditions } from '../tune-result.js';

/** What runs on Lambda will take, by the speeds of the table of classes; dollars at `PRICES`. */
export interface LambdaEstimate {
  readonly runs: number;
  /** One for each setup. */
  readonly versions: number;
  /** Of runs, one after another. */
  readonly seconds: number;
  readonly gbSeconds: number;
  readonly dollars: { readonly lambda: number; readonly s3: number; readonly temporal: number };
}

/** A cold start, and the way of the first task. */
const STARTING_SECONDS = 3;

/** A worker function waits so long for more work, and then takes so long to end. */
const ENDING_SECONDS = 11;

/** Of the function's timeout, what is left to hand work over. */
const HAND_OVER_SECONDS = 7;

/** Uploads are in parts of 32 MiB. */
const PART_BYTES = 32 * 2 ** 20;

/** US dollars of a GB-second, at list price. */
export function dollarsPerGBSecond(architecture: LambdaConditions['architecture']): number {
  return architecture === 'arm64' ? PRICES.lambdaArm64PerGBSecond : PRICES.lambdaPerGBSecond;
}

/**
 * @param left the cells of all runs that are to be done, each as often as it is to be run
 * @param warmUpBytes of the object that each run begins with
 */
export function estimateRuns(
  left: readonly Cell[],
  warmUpBytes: number,
  {
    architecture,
    timeoutSeconds,
  }: Pick<LambdaConditions, 'architecture'> & { readonly timeoutSeconds: number },
): LambdaEstimate {
  let [seconds, gbSeconds, invocations, gets, actions] = [0, 0, 0, 0, 0];
  for (const cell of left) {
    const { memoryMB, chunkSizeBytes, objectBytes, objectsAtOnce, algorithms } = cell;
    const bytesPerSecond = memoryClass(memoryMB).megabytesPerSecond * 1e6;
    const taken = STARTING_SECONDS + (warmUpBytes + bytesOf(cell)) / bytesPerSecond + ENDING_SECONDS;
    seconds += taken;
    gbSeconds += taken * (memoryMB / 1_024);
    invocations += Math.ceil(taken / Math.max(1, timeoutSeconds - HAND_OVER_SECONDS));
    for (const sizeBytes of [warmUpBytes, ...Array.from({ length: objectsAtOnce }, () => objectBytes)]) {
      gets += 1 + Math.ceil(sizeBytes / chunkSizeBytes);
      const object = { sizeBytes, memoryClassMB: memoryMB, algorithms, publish: {} };
      actions += jobNeeds(object, sizeBytes / bytesPerSecond).temporalActions;
    }
  }
  const puts = uploadsOf(left);
  return {
    runs: left.length,
    versions: new Set(left.map((cell) => JSON.stringify(setupOf(cell)))).size,
    seconds,
    gbSeconds,
    dollars: {
      lambda:
        gbSeconds * dollarsPerGBSecond(architecture) +
        (invocations * PRICES.lambdaInvocationsPerMillion) / 1e6,
      s3: (gets * PRICES.s3GetsPerThousand + puts * PRICES.s3ListsAndPutsPerThousand) / 1_000,
      temporal: (actions * PRICES.temporalActionsPerMillion) / 1e6,
    },
  };
}

/** Each object is uploaded once. */
function uploadsOf(left: readonly Cell[]): number {
  const most = new Map<number, number>();
  for (const { objectBytes, objectsAtOnce } of new Map(left.map((cell) => [cellId(cell), cell])).values())
    most.set(objectBytes, Math.max(most.get(objectBytes) ?? 0, objectsAtOnce));
  return [...most].reduce((sum, [size, count]) => sum + count * (2 + Math.ceil(size / PART_BYTES)), 0);
}
