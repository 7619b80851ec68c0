import type { ObjectDescription } from '../src/core/contracts.js';
import type { PartLayout } from '../src/core/part-layout.js';
import type {
  DescribeObjectInput,
  DescribePartsInput,
  HashPartsInput,
  HashPartsResult,
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
import { describeParts } from './describe-parts.js';
import { hashParts } from './hash-parts.js';
import { hashRange } from './hash-range.js';
import { hashSmallObject } from './hash-small-object.js';
import { publishDigests } from './publish-digests.js';

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
  };
}
