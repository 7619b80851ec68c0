import type { Checkpoint } from './contracts.js';
import type { MemoryClassMB } from './memory-classes.js';

/** Name of the workflow query that answers `JobProgress`. */
export const PROGRESS_QUERY = 'progress';

/** How far a job has durably come: the end of its last finished range. */
export interface JobProgress {
  readonly bytesHashed: number;
  readonly sizeBytes: number;
  /** 1-based number of the range under way, and how many there are; 0 before the first. */
  readonly range: number;
  readonly ranges: number;
  readonly memoryClassMB: MemoryClassMB | undefined;
  /** While the bytes are read once more to prove their parts; the figures above are then of that. */
  readonly phase?: 'proving parts';
}

/** What an activity that reads bytes says of itself in its heartbeats. */
export interface ReadingProgress {
  readonly checkpoint: Checkpoint;
  readonly bytesRead: number;
}

/** Whether an activity's heartbeat details are of a reading; one that only begins, or that reads nothing, says less. */
export function isReadingProgress(details: unknown): details is ReadingProgress {
  const { checkpoint, bytesRead } = (details ?? {}) as Partial<ReadingProgress>;
  return typeof checkpoint?.bytesHashed === 'number' && typeof bytesRead === 'number';
}

/**
 * Adds to a job's durable progress what the activities under way have come to. The checkpoint of a whole object is a
 * position; of a part hashed by itself, only the bytes it took count.
 */
export function withReadings(
  durable: JobProgress | undefined,
  readings: readonly ReadingProgress[],
): JobProgress | undefined {
  const [first] = readings;
  const sizeBytes = first?.checkpoint.object.sizeBytes ?? durable?.sizeBytes;
  if (sizeBytes === undefined) return undefined;
  const known = durable ?? { bytesHashed: 0, sizeBytes, range: 0, ranges: 0, memoryClassMB: undefined };
  const parts = readings.filter(({ checkpoint }) => checkpoint.originByte !== undefined);
  const ofParts = parts.reduce((sum, { bytesRead }) => sum + bytesRead, known.bytesHashed);
  const positions = readings.map(({ checkpoint }) =>
    checkpoint.originByte === undefined ? checkpoint.bytesHashed : 0,
  );
  return { ...known, sizeBytes, bytesHashed: Math.max(Math.min(ofParts, sizeBytes), ...positions) };
}
