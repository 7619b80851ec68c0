import { activityInfo, heartbeat, log } from '@temporalio/activity';
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { isRetryable, MidstateError } from '../src/core/failures.js';
import { CHECKPOINT_INTERVAL_MS } from '../src/core/loss-bound.js';
import type { RangeHasher } from '../src/core/ports.js';
import { chunksOf } from '../src/core/ranges.js';
import type { HashRangeInput, HashRangeProgress, HashRangeResult } from './activity-contracts.js';
import type { ActivityDependencies } from './activity-dependencies.js';
import { toApplicationFailure } from './application-failure.js';
import { declineReading } from './decline-reading.js';
import { countLostAttempts, tryParseProgress } from './hash-range-progress.js';
import { createStopSignal, type StopSignal } from './stop-signal.js';

/** The next attempt starts so soon after a hand-over. */
const HAND_OVER_RETRY_DELAY_MS = 50;

/** A chunk of 20 MB takes the smallest class under 2 s. */
const DEFAULT_HAND_OVER_MS = 3_000;

interface Attempt {
  readonly hasher: RangeHasher;
  readonly earlier: Pick<HashRangeProgress, 'bytesRead' | 'lostAttempts'>;
  bytesRead: number;
}

/**
 * Hashes one range of one object version, chunk after chunk, from the newest checkpoint there is.
 *
 * Retry-safe: an attempt goes on from the checkpoint in the heartbeat of the one before; reads are pinned to the
 * version. Heartbeat: `HashRangeProgress`, offered every 200 ms, whether or not bytes arrive.
 *
 * @throws MidstateError ObjectChanged, ObjectGone, AccessDenied, KmsDenied, Archived, MidstateIncompatible (not retried);
 *   StoreUnavailable (retried). ApplicationFailure WorkerShutdown when it hands its midstate on; WorkerLost and
 *   WorkerFull when it declines the work.
 */
export async function hashRange(deps: ActivityDependencies, input: HashRangeInput): Promise<HashRangeResult> {
  const attempt = await beginAttempt(deps, input);
  const stop = createStopSignal(deps.handOverMs ?? DEFAULT_HAND_OVER_MS);
  const beat = (handedOn: boolean) => {
    // At the object's end the result follows at once, and a midstate that nothing follows need not exist (blake3).
    if (attempt.hasher.bytesHashed < input.object.sizeBytes) heartbeat(progressOf(attempt, input, handedOn));
  };
  const timer = setInterval(beat, CHECKPOINT_INTERVAL_MS, false);
  try {
    await hashChunks(deps, input, attempt, stop);
    return resultOf(attempt, input);
  } catch (error) {
    // The SDK sends this heartbeat along with a failure, but not with a cancellation: then the attempt may be lost.
    beat(stop.shouldHandOn() || !stop.readSignal.aborted);
    if (stop.shouldHandOn()) throw handOver();
    if (stop.readSignal.aborted) throw stop.readSignal.reason;
    throw withCheckpoint(error, attempt, input);
  } finally {
    clearInterval(timer);
    stop.dispose();
  }
}

async function beginAttempt(deps: ActivityDependencies, input: HashRangeInput): Promise<Attempt> {
  const info = activityInfo();
  const { attempt } = info;
  const details: unknown = info.heartbeatDetails ?? input.progress;
  const progress = tryParseProgress(details, input);
  const earlier = {
    bytesRead: progress?.bytesRead ?? 0,
    lostAttempts: countLostAttempts(details, attempt),
  };
  const start = { object: input.object, bytesHashed: input.startByte, midstates: input.midstates };
  declineReading(deps, input, { checkpoint: progress?.checkpoint ?? start, ...earlier, attempt });
  const resumed = progress === undefined ? undefined : await tryResume(deps, input, progress);
  const hasher = resumed ?? (await deps.engine.createHasher(input.algorithms, nonEmpty(input.midstates)));
  if (hasher.bytesHashed !== input.startByte && resumed === undefined) {
    throw new MidstateError(
      'MidstateIncompatible',
      'hash range: the midstates are not at the start of the range',
      {
        facts: { expected: String(input.startByte), actual: String(hasher.bytesHashed) },
      },
    );
  }
  if (attempt > 1) {
    log.info('range resumed', { attempt, startByte: input.startByte, resumedAtByte: hasher.bytesHashed });
  }
  return { hasher, earlier, bytesRead: 0 };
}

/** A checkpoint that cannot be read costs the range's start, never a wrong digest. */
async function tryResume(
  deps: ActivityDependencies,
  input: HashRangeInput,
  { checkpoint }: HashRangeProgress,
): Promise<RangeHasher | undefined> {
  try {
    const hasher = await deps.engine.createHasher(input.algorithms, nonEmpty(checkpoint.midstates));
    if (hasher.bytesHashed === checkpoint.bytesHashed) return hasher;
    log.warn('checkpoint refused, range starts over', {
      startByte: input.startByte,
      reason: 'other position',
    });
    return undefined;
  } catch (error) {
    if (!(error instanceof MidstateError) || error.failure !== 'MidstateIncompatible') throw error;
    log.warn('checkpoint refused, range starts over', { startByte: input.startByte, reason: error.message });
    return undefined;
  }
}

async function hashChunks(
  deps: ActivityDependencies,
  input: HashRangeInput,
  attempt: Attempt,
  stop: StopSignal,
): Promise<void> {
  const { hasher } = attempt;
  const rest = { startByte: hasher.bytesHashed, endByteExclusive: input.endByteExclusive };
  for (const chunk of chunksOf(rest, deps.chunkSizeBytes, input.algorithms)) {
    if (stop.shouldHandOn()) throw handOver();
    await deps.reader.read({ object: input.object, ...chunk, signal: stop.readSignal }, (bytes) => {
      attempt.bytesRead += bytes.length;
      deps.meter.add(bytes.length);
      hasher.update(bytes);
    });
  }
}

function progressOf(
  { hasher, earlier, bytesRead }: Attempt,
  input: HashRangeInput,
  handedOn: boolean,
): HashRangeProgress {
  return {
    checkpoint: { object: input.object, bytesHashed: hasher.bytesHashed, midstates: hasher.midstates() },
    bytesRead: earlier.bytesRead + bytesRead,
    lostAttempts: earlier.lostAttempts,
    attempt: activityInfo().attempt,
    handedOn,
  };
}

/** A failure for good takes the checkpoint along: the job keeps it for a replay. */
function withCheckpoint(error: unknown, attempt: Attempt, input: HashRangeInput): unknown {
  if (!(error instanceof MidstateError) || isRetryable(error.failure)) return error;
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
  return input.endByteExclusive === input.object.sizeBytes
    ? { bytesHashed: input.endByteExclusive, midstates: [], digests: hasher.digests(), stats }
    : { bytesHashed: input.endByteExclusive, midstates: hasher.midstates(), stats };
}

/** An ApplicationFailure, because the SDK sends the newest heartbeat with it; a cancellation would lose it. */
function handOver(): ApplicationFailure {
  return ApplicationFailure.create({
    type: 'WorkerShutdown',
    message: 'the worker stops; the midstate is handed on to the next attempt',
    category: ApplicationFailureCategory.BENIGN,
    nextRetryDelay: HAND_OVER_RETRY_DELAY_MS,
  });
}

function nonEmpty<T>(items: readonly T[]): readonly T[] | undefined {
  return items.length === 0 ? undefined : items;
}
