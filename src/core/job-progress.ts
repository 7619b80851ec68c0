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
