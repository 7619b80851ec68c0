import { usableCheckpoint } from './checkpoints.js';
import type { Checkpoint, HashObjectInput } from './contracts.js';
import type { ReplayFrom } from './replay-contracts.js';
import type { UndoneJob } from './undone-jobs.js';

/** What is known of the run that is to be replayed. */
export interface EndedRun {
  readonly input: HashObjectInput;
  readonly cause: string;
  /** The last that it left, where it left one. */
  readonly checkpoint?: Checkpoint;
}

/** A run to be started in its place. */
export interface ReplayPlan {
  readonly input: HashObjectInput;
  /** 0: from the object's start. */
  readonly resumedAtByte: number;
  /** Why from the start, where a checkpoint was asked for. */
  readonly reason?: string;
}

/**
 * The input that replays a run: what it was asked for, from its last checkpoint if that can be used. The checkpoint's
 * version is then pinned, so that it never goes on with other bytes: an object that has changed meanwhile ends as
 * `superseded`.
 */
export function planReplay({ input, cause, checkpoint }: EndedRun, from: ReplayFrom): ReplayPlan {
  const { continued: _, resumeFrom: __, ...rest } = input;
  const fresh: HashObjectInput = { ...rest, source: { ...input.source, kind: 'replay' } };
  if (from === 'start') return { input: fresh, resumedAtByte: 0 };
  const reason = reasonAgainst(checkpoint, input, cause);
  if (checkpoint === undefined || reason !== undefined) {
    return { input: fresh, resumedAtByte: 0, reason: reason ?? NO_CHECKPOINT };
  }
  const object = { ...checkpoint.object, ...input.object };
  return { input: { ...fresh, object, resumeFrom: checkpoint }, resumedAtByte: checkpoint.bytesHashed };
}

/** What replaying a job is going to read, as far as a list tells. */
export interface ReplayForecast {
  readonly resumedAtByte: number;
  /** Absent where the size is not known. */
  readonly bytesToRead?: number;
  /** Why from the start, where a checkpoint was asked for; or that it shows only then. */
  readonly reason?: string;
}

/** Forecasts `planReplay` from what a job says of itself where it is listed. */
export function forecastReplay({ cause, note, sizeBytes }: ForecastFacts, from: ReplayFrom): ReplayForecast {
  const reason = from === 'start' ? undefined : forecastReason(cause, note);
  const resumedAtByte = from === 'start' || reason !== undefined ? 0 : (note?.bytesHashed ?? 0);
  return {
    resumedAtByte,
    ...(sizeBytes === undefined ? {} : { bytesToRead: sizeBytes - resumedAtByte }),
    ...(reason === undefined ? {} : { reason }),
  };
}

type ForecastFacts = Pick<UndoneJob, 'cause' | 'note' | 'sizeBytes'>;

function forecastReason(cause: string, note: UndoneJob['note']): string | undefined {
  if (note === undefined) return 'whether it left a checkpoint shows when it is replayed';
  return note.bytesHashed === 0 ? NO_CHECKPOINT : REASON_BY_CAUSE[cause];
}

/** Causes that make a checkpoint worthless. */
const REASON_BY_CAUSE: Readonly<Partial<Record<string, string>>> = {
  MidstateIncompatible: 'its checkpoint could not be read',
  CorruptRead: 'its bytes were read wrongly',
};

const NO_CHECKPOINT = 'it ended before there was a checkpoint';

function reasonAgainst(
  checkpoint: Checkpoint | undefined,
  { object, algorithms }: HashObjectInput,
  cause: string,
): string | undefined {
  if (checkpoint === undefined || checkpoint.bytesHashed === 0) return NO_CHECKPOINT;
  const reason = REASON_BY_CAUSE[cause];
  if (reason !== undefined) return reason;
  const { etag = checkpoint.object.etag, versionId = checkpoint.object.versionId } = object;
  if (etag !== checkpoint.object.etag || versionId !== checkpoint.object.versionId) {
    return 'its checkpoint is of another version';
  }
  const usable = usableCheckpoint(checkpoint, checkpoint.object, algorithms, algorithms);
  return usable === undefined ? 'its checkpoint has not all that the job asks for' : undefined;
}
