import type { ObjectDescription } from '../src/core/contracts.js';
import type {
  DescribeObjectInput,
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

/** The activities, over the adapters given; failures of midstate's taxonomy reach Temporal under their names. */
export function createActivities(deps: ActivityDependencies): HashActivities & ControlActivities {
  return {
    describeObject: (input) => withFailuresMapped(() => describeObject(deps.store, input)),
    hashRange: (input) => withFailuresMapped(() => hashRange(deps, input)),
    hashSmallObject: (input) => withFailuresMapped(() => hashSmallObject(deps, input)),
    publishDigests: (input) => withFailuresMapped(() => publishDigests(deps.store, input)),
  };
}
