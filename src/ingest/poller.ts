import { setTimeout as delay } from 'node:timers/promises';
import { isRetryable, MidstateError } from '../core/failures.js';
import type { LogFacts } from '../core/log-facts.js';
import type { MessageQueue, QueueMessage } from '../core/ports.js';
import { parseS3Event, type UploadEvent } from './parse-s3-event.js';
import type { StartedJob } from '../temporal/start-hash-object.js';

export interface PollerDependencies {
  readonly queue: MessageQueue;
  /** Resolves once the Temporal server has acknowledged the start. */
  readonly start: (upload: UploadEvent) => Promise<StartedJob>;
  readonly log: (event: string, facts: LogFacts) => void;
  readonly watch?: MessageWatch;
}

/** Looks on while messages are handled: metrics, traces. */
export interface MessageWatch {
  /** Runs `handle`, which never rejects, and may run it inside of something. */
  handling(message: QueueMessage, handle: () => Promise<void>): Promise<void>;
  /** A message failed and stays in the queue. */
  left(message: QueueMessage, error: unknown): void;
}

export interface PollerSettings {
  /** Long polls at once. */
  readonly receivers: number;
  /** With so many messages in hand no more are asked for; each receiver under way may still bring ten. */
  readonly maxInFlight: number;
  /** How long a message in hand stays hidden from other pollers; renewed while its start is pending. */
  readonly holdSeconds: number;
  /** Pause after a fault outside (Temporal or the queue does not answer). */
  readonly faultPauseMs: number;
}

export const DEFAULT_POLLER_SETTINGS: PollerSettings = {
  receivers: 2,
  maxInFlight: 50,
  holdSeconds: 60,
  faultPauseMs: 2_000,
};

/**
 * Receives messages, starts a job for each upload in them, and deletes a message only after every start was
 * acknowledged. Messages are independent: a slow one holds up no other. While Temporal does not answer, messages in
 * hand are held (their visibility renewed) rather than returned, so that an outage does not drive them to the
 * dead-letter queue. A message that is not understood is left to the queue's redrive policy.
 *
 * Runs until `signal` aborts; then what is in hand is finished or made visible again at once.
 *
 * @throws MidstateError QueueNotFound, AccessDenied: polling cannot go on
 */
export async function runPoller(
  deps: PollerDependencies,
  signal: AbortSignal,
  settings: PollerSettings = DEFAULT_POLLER_SETTINGS,
): Promise<void> {
  const inFlight = new Set<Promise<void>>();
  const failed = new AbortController();
  const stop = AbortSignal.any([signal, failed.signal]);
  const receive = async () => {
    while (!stop.aborted) {
      if (inFlight.size >= settings.maxInFlight) {
        await Promise.race(inFlight);
        continue;
      }
      for (const message of await receiveBatch(deps, stop, settings)) {
        const handle = () => handleMessage(deps, message, stop, settings);
        const handled: Promise<void> = (deps.watch?.handling(message, handle) ?? handle()).finally(() =>
          inFlight.delete(handled),
        );
        inFlight.add(handled);
      }
    }
  };
  const receivers = Array.from({ length: settings.receivers }, receive);
  try {
    await Promise.all(receivers);
  } finally {
    failed.abort();
    await Promise.allSettled(receivers);
    await Promise.all(inFlight);
  }
}

async function receiveBatch(
  { queue, log }: PollerDependencies,
  stop: AbortSignal,
  settings: PollerSettings,
): Promise<QueueMessage[]> {
  try {
    return await queue.receive(stop);
  } catch (error) {
    if (isFinal(error)) throw error;
    log('receive failed, trying again', { error: messageOf(error) });
    await pause(settings.faultPauseMs, stop);
    return [];
  }
}

async function handleMessage(
  deps: PollerDependencies,
  message: QueueMessage,
  stop: AbortSignal,
  settings: PollerSettings,
): Promise<void> {
  try {
    const { uploads, ignored } = parseS3Event(message.body);
    if (ignored.length > 0) deps.log('event ignored', { messageId: message.messageId, events: ignored });
    const jobs = await Promise.allSettled(
      uploads.map((upload) => startPersistently(deps, message, upload, stop, settings)),
    );
    const failed = jobs.find((job) => job.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    const isComplete = jobs.every((job) => job.status === 'fulfilled' && job.value);
    if (isComplete) await deps.queue.delete(message);
    else await deps.queue.release(message, 0);
  } catch (error) {
    deps.watch?.left(message, error);
    deps.log('message left in the queue', { messageId: message.messageId, error: messageOf(error) });
  }
}

/** Starts one job, waiting out a Temporal server that does not answer. False when polling stops first. */
async function startPersistently(
  deps: PollerDependencies,
  message: QueueMessage,
  upload: UploadEvent,
  stop: AbortSignal,
  settings: PollerSettings,
): Promise<boolean> {
  for (;;) {
    try {
      const { workflowId, isNew } = await deps.start(upload);
      deps.log(isNew ? 'job started' : 'already hashed', { workflowId, ...upload.object });
      return true;
    } catch (error) {
      if (!isPassing(error)) throw error;
      deps.log('start failed, message held', { messageId: message.messageId, error: messageOf(error) });
      if (stop.aborted) return false;
      await deps.queue.release(message, settings.holdSeconds);
      await pause(settings.faultPauseMs, stop);
    }
  }
}

/** Failures of the taxonomy that no retry mends; unknown errors may pass. */
function isFinal(error: unknown): boolean {
  return error instanceof MidstateError && !isRetryable(error.failure);
}

function isPassing(error: unknown): boolean {
  return (
    error instanceof MidstateError &&
    (error.failure === 'TemporalUnavailable' || error.failure === 'StoreUnavailable')
  );
}

async function pause(timeMs: number, stop: AbortSignal): Promise<void> {
  if (!stop.aborted) await delay(timeMs, undefined, { signal: stop }).catch(() => undefined);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
