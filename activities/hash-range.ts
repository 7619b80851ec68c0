import { activityInfo, log } from '@temporalio/activity';
import { MidstateError } from '../src/core/failures.js';
import type { RangeHasher } from '../src/core/ports.js';
import type { HashRangeInput, HashRangeProgress, HashRangeResult } from './activity-contracts.js';
import type { ActivityDependencies } from './activity-dependencies.js';
import { toApplicationFailure } from './application-failure.js';
import { declineReading } from './decline-reading.js';
import { hashBytes } from './hash-bytes.js';
import { countLostAttempts, tryParseProgress } from './hash-range-progress.js';
import { nonEmpty, originOf, tryResume, warnOfRefusal } from './resume-hasher.js';
import { withHeartbeats } from './with-heartbeats.js';

interface Attempt {
  readonly hasher: RangeHasher;
  readonly earlier: Pick<HashRangeProgress, 'bytesRead' | 'lostAttempts'>;
  bytesRead: number;
}

/**
 * Hashes one range of one object version, chunk after chunk, from the newest checkpoint there is.
 *
 * Retry-safe: an attempt goes on from the checkpoint in the heartbeat of the one before; reads are pinned to the
 * version. Heartbeat: `HashRangeProgress`, as often as the loss bound asks, whether or not bytes arrive.
 *
 * @throws MidstateError ObjectChanged, ObjectGone, AccessDenied, KmsDenied, Archived, MidstateIncompatible (not retried);
 *   StoreUnavailable (retried). ApplicationFailure WorkerShutdown when it hands its midstate on; WorkerLost and
 *   WorkerFull when it declines the work.
 */
export async function hashRange(deps: ActivityDependencies, input: HashRangeInput): Promise<HashRangeResult> {
  const attempt = await beginAttempt(deps, input);
  const progress = (handedOn: boolean) => {
    // At the object's end the result follows at once, and a midstate that nothing follows need not exist (blake3).
    const isAtEnd = positionOf(attempt, input) >= input.object.sizeBytes;
    return isAtEnd ? undefined : progressOf(attempt, input, handedOn);
  };
  return await withHeartbeats(deps, progress, async (watch) => {
    try {
      const bytes = { ...input, originByte: originOf(input) };
      await hashBytes(deps, bytes, attempt.hasher, watch, (byteCount) => {
        attempt.bytesRead += byteCount;
      });
      return resultOf(attempt, input);
    } catch (error) {
      throw withCheckpoint(error, attempt, input);
    }
  });
}

async function beginAttempt(deps: ActivityDependencies, input: HashRangeInput): Promise<Attempt> {
  const info = activityInfo();
  const { attempt } = info;
  const details: unknown = info.heartbeatDetails ?? input.progress;
  const progress = tryParseProgress(details, input, (reason) => {
    warnOfRefusal(input, reason);
  });
  const earlier = {
    bytesRead: progress?.bytesRead ?? 0,
    lostAttempts: countLostAttempts(details, attempt),
  };
  const { object, startByte, midstates, originByte } = input;
  const start = {
    object,
    bytesHashed: startByte,
    midstates,
    ...(originByte === undefined ? {} : { originByte }),
  };
  declineReading(deps, input, { checkpoint: progress?.checkpoint ?? start, ...earlier, attempt });
  const resumed = progress === undefined ? undefined : await tryResume(deps, input, progress);
  const hasher = resumed ?? (await deps.engine.createHasher(input.algorithms, nonEmpty(input.midstates)));
  const resumedAtByte = originOf(input) + hasher.bytesHashed;
  if (resumedAtByte !== input.startByte && resumed === undefined) {
    throw new MidstateError(
      'MidstateIncompatible',
      'hash range: the midstates are not at the start of the range',
      {
        facts: { expected: String(input.startByte), actual: String(resumedAtByte) },
      },
    );
  }
  if (attempt > 1 || input.progress !== undefined)
    log.info('range resumed', { attempt, startByte, resumedAtByte });
  return { hasher, earlier, bytesRead: 0 };
}

/** How far in the object the newest midstate has come. */
function positionOf({ hasher }: Attempt, input: HashRangeInput): number {
  return originOf(input) + hasher.bytesHashed;
}

function progressOf(attempt: Attempt, input: HashRangeInput, handedOn: boolean): HashRangeProgress {
  const { hasher, earlier, bytesRead } = attempt;
  return {
    checkpoint: {
      object: input.object,
      bytesHashed: positionOf(attempt, input),
      midstates: hasher.midstates(),
      ...(input.originByte === undefined ? {} : { originByte: input.originByte }),
    },
    bytesRead: earlier.bytesRead + bytesRead,
    lostAttempts: earlier.lostAttempts,
    attempt: activityInfo().attempt,
    handedOn,
  };
}

/** A failure takes the checkpoint along, for it may be the last: the job keeps it for a replay. */
function withCheckpoint(error: unknown, attempt: Attempt, input: HashRangeInput): unknown {
  if (!(error instanceof MidstateError)) return error;
  return toApplicationFailure(error, [progressOf(attempt, input, true).checkpoint]);
}

function resultOf({ hasher, earlier, bytesRead }: Attempt, input: HashRangeInput): HashRangeResult {
  const total = earlier.bytesRead + bytesRead;
  const needed = input.endByteExclusive - input.startByte;
  const stats = {
    bytesRead: total,
    bytesReadTwice: Math.max(total - needed, 0),
    attempts: activityInfo().attempt,
    lostAttempts: earlier.lostAttempts,
  };
  const bytesHashed = input.endByteExclusive;
  if (input.originByte !== undefined) {
    return { bytesHashed, midstates: [], partDigests: hasher.digests(), stats };
  }
  return bytesHashed === input.object.sizeBytes
    ? { bytesHashed, midstates: [], digests: hasher.digests(), stats }
    : { bytesHashed, midstates: hasher.midstates(), stats };
}
