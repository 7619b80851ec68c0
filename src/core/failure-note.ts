import type { Checkpoint } from './contracts.js';
import type { JobFailureCause } from './job-metrics.js';
import { startOf } from './workflow-id.js';

/** Memo under which a failed job keeps its `FailureNote`: lists of workflows bring it along, a codec encrypts it. */
export const FAILURE_MEMO = 'failure';

/** Temporal warns of memos above 2 kB. */
const MAX_MESSAGE_BYTES = 800;

/** What a failed job says of its end where it is listed. */
export interface FailureNote {
  readonly cause: JobFailureCause;
  /** At most 800 bytes of it. */
  readonly message: string;
  /** Where a replay can go on; 0: at the object's start. */
  readonly bytesHashed: number;
  /** Absent where the job failed before it knew. */
  readonly sizeBytes?: number;
}

export function failureNote(
  cause: JobFailureCause,
  message: string,
  checkpoint: Checkpoint | undefined,
): FailureNote {
  return {
    cause,
    message: startOf(message, MAX_MESSAGE_BYTES),
    bytesHashed: checkpoint?.bytesHashed ?? 0,
    ...(checkpoint === undefined ? {} : { sizeBytes: checkpoint.object.sizeBytes }),
  };
}

/** The note in a workflow's memo; undefined where there is none, or none that can be read. */
export function tryFailureNote(memo: Readonly<Record<string, unknown>> | undefined): FailureNote | undefined {
  const note = memo?.[FAILURE_MEMO] as Partial<FailureNote> | null | undefined;
  const isNote = typeof note?.message === 'string' && typeof note.bytesHashed === 'number';
  return isNote ? (note as FailureNote) : undefined;
}
