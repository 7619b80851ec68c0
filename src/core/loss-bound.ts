/** Most work, in seconds, that a killed worker may cost by default. */
export const DEFAULT_LOSS_BOUND_SECONDS = 2;

/** How often an activity offers a new checkpoint to the SDK. */
export const CHECKPOINT_INTERVAL_MS = 200;

/**
 * Bytes that are hashed outside of JavaScript are told of as often, so a new checkpoint may be as old. Well below the
 * shortest idle timeout, one second: a read whose bytes were not told of by then would be taken for stalled.
 */
export const REPORT_INTERVAL_MS = 200;

/** Time a heartbeat may spend on its way to the server. */
export const DELIVERY_ALLOWANCE_MS = 100;

export interface HeartbeatTiming {
  /** Activity option: without a heartbeat for so long, the server gives the range to another worker. */
  readonly heartbeatTimeoutMs: number;
  /** Worker option `maxHeartbeatThrottleInterval`: at most one heartbeat per interval reaches the server. */
  readonly throttleMs: number;
}

/**
 * Derives heartbeat timing from the loss bound. The checkpoint that the server holds is never older than one
 * throttle interval (the SDK holds back heartbeats that long, then sends the newest), plus the time until bytes are told
 * of, until the next offer, and to the server: `loss = throttle + 200 ms + 200 ms + 100 ms`, so
 * `throttle = loss bound - 500 ms`. The timeout is four throttle intervals, at least 5 s: the server must not take
 * a worker for dead because one heartbeat was slow, and 0.8 x timeout must stay above the throttle, for the SDK
 * throttles to the smaller of the two.
 *
 * @param lossBoundSeconds at least 1
 */
export function heartbeatTiming(lossBoundSeconds: number = DEFAULT_LOSS_BOUND_SECONDS): HeartbeatTiming {
  const onTheWayMs = CHECKPOINT_INTERVAL_MS + REPORT_INTERVAL_MS + DELIVERY_ALLOWANCE_MS;
  const throttleMs = Math.max(lossBoundSeconds, 1) * 1_000 - onTheWayMs;
  return { throttleMs, heartbeatTimeoutMs: Math.max(4 * throttleMs, 5_000) };
}
