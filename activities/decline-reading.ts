import { heartbeat, log } from '@temporalio/activity';
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import type { LogFacts } from '../src/core/log-facts.js';
import type { HashRangeInput, HashRangeProgress } from './activity-contracts.js';
import type { ActivityDependencies } from './activity-dependencies.js';

/** The server offers work that was handed back again so soon; a poll that was under way when memory got high may bring it back. */
const FULL_RETRY_DELAY_MS = 1_000;

/**
 * Hands a reading back before it costs anything: to the workflow when too many workers died of it in this class, to the
 * task queue when this worker's memory is full. Warns when this worker's table of classes is not the workflow's.
 *
 * @param standing where the reading stands
 * @throws ApplicationFailure WorkerLost (not retried; details: checkpoint, progress), WorkerFull (retried)
 */
export function declineReading(
  deps: Pick<ActivityDependencies, 'isFull' | 'memoryClass'>,
  { worker, progress: given }: Pick<HashRangeInput, 'worker' | 'progress'>,
  standing: Omit<HashRangeProgress, 'handedOn'>,
): void {
  const progress: HashRangeProgress = { ...standing, handedOn: true };
  const lostInClass = progress.lostAttempts - (given?.lostAttempts ?? 0);
  if (lostInClass >= (worker?.giveUpAfterLost ?? Infinity)) {
    throw ApplicationFailure.create({
      type: 'WorkerLost',
      message: `${String(lostInClass)} attempts were lost to workers that died; a larger class is to go on where they came to`,
      nonRetryable: true,
      details: [progress.checkpoint, progress],
    });
  }
  if (deps.isFull?.() === true) {
    heartbeat(progress);
    throw ApplicationFailure.create({
      type: 'WorkerFull',
      message: "the worker's memory is full; the work goes back to its task queue",
      category: ApplicationFailureCategory.BENIGN,
      nextRetryDelay: FULL_RETRY_DELAY_MS,
    });
  }
  warnOfOtherTable(deps.memoryClass, worker?.memoryClass);
}

const warnedOf = new Set<string>();

/** Once for each difference: it is true of every range. */
function warnOfOtherTable(own: string | undefined, expected: string | undefined): void {
  if (own === undefined || expected === undefined || own === expected || warnedOf.has(expected)) return;
  warnedOf.add(expected);
  log.warn(
    'this worker and the workflow differ on what the memory class is: run the same version of midstate everywhere',
    { expected, actual: own } satisfies LogFacts,
  );
}
