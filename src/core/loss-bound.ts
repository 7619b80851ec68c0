/** Most work, in seconds, that a killed worker may cost by default. */
export const DEFAULT_LOSS_BOUND_SECONDS = 2;

/** So late may bytes that were hashed outside of JavaScript be told of, or a timer fire, when a heartbeat is due. */
export const LATENESS_ALLOWANCE_MS = 400;

/** Time a heartbeat may spend on its way to the server. */
export const DELIVERY_ALLOWANCE_MS = 100;

/** Part of the interval for which the SDK may hold a heartbeat back: one that comes when it is due is sent at once. */
const THROTTLED_PART = 0.8;

export interface HeartbeatTiming {
  /** How often an activity tells the server of its newest checkpoint. */
  readonly intervalMs: number;
  /** Activity option: without a heartbeat for so long, the server gives the range to another worker. */
  readonly heartbeatTimeoutMs: number;
  /** Worker option `maxHeartbeatThrottleInterval`: less than the interval, so that the SDK holds no checkpoint back. */
  readonly throttleMs: number;
}

/**
 * Derives heartbeat timing from the loss bound. The checkpoint that the server holds is never older than one interval,
 * plus the lateness of what is told, plus the way to the server: `loss = interval + 400 ms + 100 ms`, so
 * `interval = loss bound - 500 ms`. The timeout is four intervals, at least 5 s: the server must not take a worker for
 * dead because one heartbeat was slow, and 0.8 x timeout must stay above the throttle, for the SDK throttles to the
 * smaller of the two. Whole milliseconds, as the server takes them.
 *
 * @param lossBoundSeconds at least 1
 */
export function heartbeatTiming(lossBoundSeconds: number = DEFAULT_LOSS_BOUND_SECONDS): HeartbeatTiming {
  const lossBoundMs = Math.floor(Math.max(lossBoundSeconds, 1) * 1_000);
  const intervalMs = lossBoundMs - LATENESS_ALLOWANCE_MS - DELIVERY_ALLOWANCE_MS;
  return {
    intervalMs,
    throttleMs: Math.round(THROTTLED_PART * intervalMs),
    heartbeatTimeoutMs: Math.max(4 * intervalMs, 5_000),
  };
}
