import type { Algorithm } from './algorithms.js';
import type { PublishPolicy } from './contracts.js';
import { heartbeatTiming } from './loss-bound.js';
import { memoryClass, type MemoryClassMB } from './memory-classes.js';
import { countRanges, rangeSizeBytes, TARGET_RANGES } from './ranges.js';

/** What is known of an object that would be hashed. */
export interface EstimatedObject {
  readonly sizeBytes: number | undefined;
  readonly memoryClassMB: MemoryClassMB;
  readonly algorithms: readonly Algorithm[];
  readonly publish: PublishPolicy;
  readonly rangeSizeBytes?: number | undefined;
  readonly lossBoundSeconds?: number | undefined;
}

/** What one job asks of S3 and of Temporal. */
export interface JobNeeds {
  /** GET and HEAD requests. */
  readonly gets: number;
  readonly puts: number;
  readonly temporalActions: number;
}

/** Start, one activity, the upsert at the end. */
const ACTIONS_OF_SMALL = 3;

/** Start, describe, the upsert at the end; ranges, heartbeats and a publish come to it. */
const ACTIONS_OF_LARGE = 3;

/** Of a worker's CPU, for a job of any size: its tasks, its requests. Measured: 14 ms a job of two activities. */
const CPU_SECONDS_A_JOB = 0.014;

/** Seconds that a worker of the class is busy with a job besides reading and hashing its bytes. */
export function fixedJobSeconds(memoryMB: MemoryClassMB): number {
  return CPU_SECONDS_A_JOB / memoryClass(memoryMB).cpuShare;
}

/** Seconds that a worker of the class takes for an object, at the speed of the table of classes. */
export function usualJobSeconds({ sizeBytes = 0, memoryClassMB }: EstimatedObject): number {
  const { megabytesPerSecond } = memoryClass(memoryClassMB);
  return sizeBytes / (megabytesPerSecond * 1_000_000) + fixedJobSeconds(memoryClassMB);
}

/**
 * Requests and actions of one job, as a rule: of a known size, without `reuseStored` and `proveParts`, and without faults.
 * @param seconds that it takes: heartbeats are sent meanwhile
 */
export function jobNeeds(object: EstimatedObject, seconds: number): JobNeeds {
  const { sizeBytes = 0, publish, algorithms } = object;
  const sidecars = publish.sidecar === true ? algorithms.length : 0;
  const tags = publish.tags === true ? 1 : 0;
  const { chunkSizeBytes } = memoryClass(object.memoryClassMB);
  const rangeBytes = rangeBytesOf(object);
  // An object of one chunk is one activity, whose one request describes and reads it.
  const isSmall = sizeBytes <= Math.min(chunkSizeBytes, rangeBytes);
  return {
    gets: (isSmall ? 1 : 1 + Math.ceil(sizeBytes / chunkSizeBytes)) + tags,
    puts: tags + sidecars,
    temporalActions: isSmall ? ACTIONS_OF_SMALL : actionsOfLarge(object, rangeBytes, seconds),
  };
}

function rangeBytesOf({
  rangeSizeBytes: asked,
  sizeBytes = 0,
  memoryClassMB,
  algorithms,
}: EstimatedObject): number {
  return asked ?? rangeSizeBytes(sizeBytes, memoryClass(memoryClassMB), algorithms);
}

/** A larger object heartbeats while it is read. */
function actionsOfLarge(object: EstimatedObject, rangeBytes: number, seconds: number): number {
  const ranges = countRanges(0, object.sizeBytes ?? 0, rangeBytes);
  const heartbeats = Math.floor((seconds * 1_000) / heartbeatTiming(object.lossBoundSeconds).intervalMs);
  const publishes = object.publish.tags === true || object.publish.sidecar === true ? 1 : 0;
  return ACTIONS_OF_LARGE + ranges + heartbeats + publishes + Math.floor((ranges - 1) / TARGET_RANGES);
}
