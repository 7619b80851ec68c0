import { Poller } from './poller.js';
import { isFinal, messageOf, pause } from './poll-faults.js';
import { DEFAULT_POLLER_SETTINGS, type PollerDependencies, type PollerSettings } from './poller-settings.js';

/**
 * Receives messages and deals with each on its own; a slow one holds up no other. A message is deleted only after
 * every start in it was acknowledged. While Temporal does not take starts no more messages are received, and those in
 * hand are kept (their visibility renewed) rather than returned, so that an outage does not drive them to the
 * dead-letter queue.
 *
 * Runs until `signal` aborts; then polls that are out are waited for, what they bring and what is in hand is finished,
 * or made visible again at once where Temporal does not answer.
 *
 * @throws MidstateError QueueNotFound, AccessDenied: polling cannot go on
 */
export async function runPoller(
  deps: PollerDependencies,
  signal: AbortSignal,
  settings: PollerSettings = DEFAULT_POLLER_SETTINGS,
): Promise<void> {
  const failed = new AbortController();
  const stop = AbortSignal.any([signal, failed.signal]);
  const traits = await untilAnswered(deps, () => deps.queue.traits(), stop, settings);
  if (traits === undefined) return;
  const poller = new Poller(deps, traits, stop, settings);
  try {
    await poller.poll();
  } finally {
    failed.abort();
    await poller.finish();
  }
}

async function untilAnswered<T>(
  { log }: PollerDependencies,
  ask: () => Promise<T>,
  stop: AbortSignal,
  { faultPauseMs, maxFaultPauseMs }: PollerSettings,
): Promise<T | undefined> {
  for (let pauseMs = faultPauseMs; !stop.aborted; pauseMs = Math.min(pauseMs * 2, maxFaultPauseMs)) {
    try {
      return await ask();
    } catch (error) {
      if (isFinal(error)) throw error;
      log('the queue does not answer, trying again', {
        error: messageOf(error),
        delaySeconds: pauseMs / 1_000,
      });
      await pause(pauseMs, stop);
    }
  }
  return undefined;
}
