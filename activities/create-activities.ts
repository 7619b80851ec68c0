import type { ObjectDescription } from '../src/core/contracts.js';
import type { TaskQueues } from '../src/core/ports.js';
import type {
  DescribeObjectInput,
  FindServedClassesInput,
  FindServedClassesResult,
  HashRangeInput,
  HashRangeResult,
  HashSmallObjectInput,
  HashSmallObjectResult,
  PublishDigestsInput,
  PublishDigestsResult,
} from './activity-contracts.js';
import type { ActivityDependencies } from './activity-dependencies.js';
import { withFailuresMapped } from './application-failure.js';
import { describeObject } from './describe-object.js';
import { findServedClasses } from './find-served-classes.js';
import { hashRange } from './hash-range.js';
import { hashSmallObject } from './hash-small-object.js';
import { publishDigests } from './publish-digests.js';

/** Activities of a memory class's task queue: those that read bytes. */
export interface HashActivities {
  readonly hashRange: (input: HashRangeInput) => Promise<HashRangeResult>;
  readonly hashSmallObject: (input: HashSmallObjectInput) => Promise<HashSmallObjectResult>;
}

/** Activities of the workflows' own task queue: a few requests each. */
export interface ControlActivities {
  readonly describeObject: (input: DescribeObjectInput) => Promise<ObjectDescription>;
  readonly publishDigests: (input: PublishDigestsInput) => Promise<PublishDigestsResult>;
}

/** Asked when a class's worker died or did not come; on the workflows' own task queue. */
export interface RoutingActivities {
  readonly findServedClasses: (input: FindServedClassesInput) => Promise<FindServedClassesResult>;
}

export function createRoutingActivities(queues: TaskQueues): RoutingActivities {
  return { findServedClasses: (input) => findServedClasses(queues, input) };
}

/** The activities, over the adapters given; failures of midstate's taxonomy reach Temporal under their names. */
export function createActivities(deps: ActivityDependencies): HashActivities & ControlActivities {
  return {
    describeObject: (input) => withFailuresMapped(() => describeObject(deps.store, input)),
    hashRange: (input) => withFailuresMapped(() => hashRange(deps, input)),
    hashSmallObject: (input) => withFailuresMapped(() => hashSmallObject(deps, input)),
    publishDigests: (input) => withFailuresMapped(() => publishDigests(deps.store, input)),
  };
}
