import { AsyncResource } from 'node:async_hooks';
import { heartbeat } from '@temporalio/activity';
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { heartbeatTiming } from '../src/core/loss-bound.js';
import type { ActivityDependencies } from './activity-dependencies.js';
import { Pulse } from './pulse.js';
import { createStopSignal, type StopSignal } from './stop-signal.js';

/** The next attempt starts so soon after a hand-over. */
const HAND_OVER_RETRY_DELAY_MS = 50;

/** The chunk under way and the one asked for ahead of its turn take each class under 2 s, where an object has it to itself. */
const DEFAULT_HAND_OVER_MS = 3_000;

/** What work that can be taken up by another attempt heeds. */
export interface AttemptWatch {
  readonly stop: StopSignal;
  readonly pulse: Pulse;
}

/**
 * Runs work that can be taken up by another attempt: tells of its progress as often as the loss bound asks, and as the last
 * word when it fails or has to stop.
 *
 * @param progress heartbeat details as they are now; undefined for none. The argument is true for the last word of an
 *   attempt that ends in good order
 * @param work throws `handOver()` at a good place to stop, once the signal asks for it
 */
export async function withHeartbeats<T>(
  deps: Pick<ActivityDependencies, 'handOverMs' | 'heartbeatIntervalMs'>,
  progress: (handedOn: boolean) => object | undefined,
  work: (watch: AttemptWatch) => Promise<T>,
): Promise<T> {
  const stop = createStopSignal(deps.handOverMs ?? DEFAULT_HAND_OVER_MS);
  const beat = (handedOn: boolean) => {
    const details = progress(handedOn);
    if (details !== undefined) heartbeat(details);
  };
  // Bytes may be told of from outside of the activity's async context: a buffer that another one gave back lets this one read on.
  const pulse = new Pulse(
    deps.heartbeatIntervalMs ?? heartbeatTiming().intervalMs,
    AsyncResource.bind(() => {
      beat(false);
    }),
  );
  try {
    return await work({ stop, pulse });
  } catch (error) {
    // The SDK sends this heartbeat along with a failure, but not with a cancellation: then the attempt may be lost.
    beat(stop.shouldHandOn() || !stop.readSignal.aborted);
    if (stop.shouldHandOn()) throw handOver();
    if (stop.readSignal.aborted) throw stop.readSignal.reason;
    throw error;
  } finally {
    pulse.stop();
    stop.dispose();
  }
}

/** An ApplicationFailure, because the SDK sends the newest heartbeat with it; a cancellation would lose it. */
export function handOver(): ApplicationFailure {
  return ApplicationFailure.create({
    type: 'WorkerShutdown',
    message: 'the worker stops; the midstate is handed on to the next attempt',
    category: ApplicationFailureCategory.BENIGN,
    nextRetryDelay: HAND_OVER_RETRY_DELAY_MS,
  });
}
