import type { StartPageInput, StartPageResult } from '../src/core/backfill.js';
import type { ObjectDescription } from '../src/core/contracts.js';
import type { PartLayout } from '../src/core/part-layout.js';
import type { TaskQueues } from '../src/core/ports.js';
import type {
  DescribeObjectInput,
  DescribePartsInput,
  FindServedClassesInput,
  FindServedClassesResult,
  HashPartsInput,
  HashPartsResult,
  HashRangeInput,
  HashRangeResult,
  HashSmallObjectInput,
  HashSmallObjectResult,
  PublishDigestsInput,
  PublishDigestsResult,
  RestoreObjectInput,
  RestoreObjectResult,
} from './activity-contracts.js';
import type { ActivityDependencies } from './activity-dependencies.js';
import { withFailuresMapped } from './application-failure.js';
import { describeObject } from './describe-object.js';
import { describeParts } from './describe-parts.js';
import { findServedClasses } from './find-served-classes.js';
import { hashParts } from './hash-parts.js';
import { hashRange } from './hash-range.js';
import { hashSmallObject } from './hash-small-object.js';
import { publishDigests } from './publish-digests.js';
import { restoreObject } from './restore-object.js';
import type { BackfillDependencies } from './start-page.js';

/** Activities of a memory class's task queue: those that read bytes. */
export interface HashActivities {
  readonly hashRange: (input: HashRangeInput) => Promise<HashRangeResult>;
  readonly hashSmallObject: (input: HashSmallObjectInput) => Promise<HashSmallObjectResult>;
  readonly hashParts: (input: HashPartsInput) => Promise<HashPartsResult>;
}

/** Activities of the workflows' own task queue: a few requests each. */
export interface ControlActivities {
  readonly describeObject: (input: DescribeObjectInput) => Promise<ObjectDescription>;
  readonly describeParts: (input: DescribePartsInput) => Promise<PartLayout>;
  readonly publishDigests: (input: PublishDigestsInput) => Promise<PublishDigestsResult>;
  readonly restoreObject: (input: RestoreObjectInput) => Promise<RestoreObjectResult>;
}

/** Asked when a class's worker died or did not come; on the workflows' own task queue. */
export interface RoutingActivities {
  readonly findServedClasses: (input: FindServedClassesInput) => Promise<FindServedClassesResult>;
}

export function createRoutingActivities(queues: TaskQueues): RoutingActivities {
  return { findServedClasses: (input) => findServedClasses(queues, input) };
}

/** The one activity of backfills, on the workflows' own task queue. */
export interface BackfillActivities {
  readonly startPage: (input: StartPageInput) => Promise<StartPageResult>;
}

/** Its code is loaded when it is first run: a small worker that only hashes has no use for it. */
export function createBackfillActivities(deps: BackfillDependencies): BackfillActivities {
  return {
    startPage: async (input) => {
      const { startPage } = await import('./start-page.js');
      return await withFailuresMapped(() => startPage(deps, input));
    },
  };
}

/** The activities, over the adapters given; failures of midstate's taxonomy reach Temporal under their names. */
export function createActivities(deps: ActivityDependencies): HashActivities & ControlActivities {
  return {
    describeObject: (input) => withFailuresMapped(() => describeObject(deps.store, input)),
    describeParts: (input) => withFailuresMapped(() => describeParts(deps.store, input)),
    hashParts: (input) => withFailuresMapped(() => hashParts(deps, input)),
    hashRange: (input) => withFailuresMapped(() => hashRange(deps, input)),
    hashSmallObject: (input) => withFailuresMapped(() => hashSmallObject(deps, input)),
    publishDigests: (input) => withFailuresMapped(() => publishDigests(deps.store, input)),
    restoreObject: (input) => withFailuresMapped(() => restoreObject(deps.store, input)),
  };
}
