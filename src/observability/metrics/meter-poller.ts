import type { HashObjectInput } from '../../core/contracts.js';
import { isRetryable, MidstateError } from '../../core/failures.js';
import type { QueueMessage } from '../../core/ports.js';
import type { MessageWatch } from '../../ingest/poller/message-watch.js';
import type { StartedJob } from '../../temporal/start-hash-object.js';
import type { QueueEvents } from '../observed-queue.js';
import type { PollerMetrics } from './poller-metrics.js';

/** Starts the job of an input, or finds it. */
export type Start = (input: HashObjectInput) => Promise<StartedJob>;

/** Counts a poller's requests to the queue, and how old messages are when they come. */
export function queueCounter(metrics: PollerMetrics): QueueEvents {
  return {
    received(messages) {
      metrics.received.inc(messages.length);
      for (const { sentAtMs } of messages) {
        if (sentAtMs !== undefined) metrics.ageSeconds.observe(secondsSince(sentAtMs));
      }
    },
    deleted(count) {
      metrics.deleted.inc(count);
    },
    failed(operation) {
      metrics.faults.inc({ operation });
    },
  };
}

/** Counts messages in hand, what becomes of them, and whether starts are taken. */
export function messageCounter(metrics: PollerMetrics): MessageWatch {
  return {
    async handling(_message: QueueMessage, handle) {
      metrics.inFlight.inc();
      try {
        await handle();
      } finally {
        metrics.inFlight.dec();
      }
    },
    dealtWith({ kind }) {
      metrics.uploads.inc({ outcome: kind });
    },
    ignored() {
      metrics.ignored.inc();
    },
    refused(_message, { reason }) {
      metrics.refused.inc({ reason });
    },
    gate(isOpen) {
      metrics.paused.set(isOpen ? 0 : 1);
    },
    left(_message, error) {
      metrics.left.inc({ cause: error instanceof MidstateError ? error.failure : 'Unknown' });
    },
  };
}

/** Counts starts, and how long after its upload a new job starts. */
export function meterStarts(start: Start, metrics: PollerMetrics): Start {
  return async (input) => {
    try {
      const job = await start(input);
      metrics.starts.inc({ kind: job.isNew ? 'new' : 'repeated' });
      const uploadedAtMs = Date.parse(input.source.eventTime ?? '');
      if (job.isNew && !Number.isNaN(uploadedAtMs)) {
        metrics.startLatencySeconds.observe(secondsSince(uploadedAtMs));
      }
      return job;
    } catch (error) {
      if (!(error instanceof MidstateError) || isRetryable(error.failure))
        metrics.faults.inc({ operation: 'start' });
      throw error;
    }
  };
}

/** Never below zero: the clocks of two machines differ. */
function secondsSince(timeMs: number): number {
  return Math.max(Date.now() - timeMs, 0) / 1_000;
}
