import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { FAILURE_NAMES } from '../../core/failures.js';
import { REFUSALS } from '../../ingest/events/message-contents.js';
import { UPLOAD_OUTCOMES } from '../../ingest/start-upload.js';

/** Seconds, from an event that goes straight through to one that waited as long as SQS keeps a message by default. */
const AGE_BUCKETS = [0.1, 0.5, 1, 2, 5, 10, 30, 60, 300, 900, 3_600, 21_600, 86_400, 345_600];

/** What the poller does that can fail for a while. */
export const POLLER_OPERATIONS = ['receive', 'delete', 'hide', 'give-up', 'start'] as const;

export type PollerOperation = (typeof POLLER_OPERATIONS)[number];

export type PollerMetrics = ReturnType<typeof createPollerMetrics>;

/** What a poller counts. */
export function createPollerMetrics(registry: Registry) {
  const registers = [registry];
  const metrics = {
    received: new Counter({
      name: 'midstate_messages_received_total',
      help: 'Messages received from the queue, repeated deliveries too.',
      registers,
    }),
    deleted: new Counter({
      name: 'midstate_messages_deleted_total',
      help: 'Messages deleted: every start in them was acknowledged, or they are in the dead-letter queue.',
      registers,
    }),
    left: new Counter({
      name: 'midstate_messages_left_total',
      help: 'Deliveries that failed, by cause: the message stays in the queue and comes again.',
      labelNames: ['cause'],
      registers,
    }),
    refused: new Counter({
      name: 'midstate_messages_refused_total',
      help: 'Messages that cannot be understood, sent to the dead-letter queue, by reason.',
      labelNames: ['reason'],
      registers,
    }),
    uploads: new Counter({
      name: 'midstate_uploads_total',
      help: 'Uploads that events told of, by what became of them.',
      labelNames: ['outcome'],
      registers,
    }),
    ignored: new Counter({
      name: 'midstate_events_ignored_total',
      help: 'Events that announce no new bytes: acknowledged, never hashed.',
      registers,
    }),
    paused: new Gauge({
      name: 'midstate_poller_paused',
      help: '1 while Temporal takes no starts: receiving is paused, messages in hand are kept.',
      registers,
    }),
    inFlight: new Gauge({
      name: 'midstate_messages_in_flight',
      help: 'Messages in hand.',
      registers,
    }),
    ageSeconds: new Histogram({
      name: 'midstate_message_age_seconds',
      help: 'Queue age: time from the sending of a message to its receipt.',
      buckets: AGE_BUCKETS,
      registers,
    }),
    starts: new Counter({
      name: 'midstate_job_starts_total',
      help: 'Starts that Temporal acknowledged: `new` jobs, or `repeated` ones of a version that has been hashed.',
      labelNames: ['kind'],
      registers,
    }),
    startLatencySeconds: new Histogram({
      name: 'midstate_start_latency_seconds',
      help: 'Time from the upload, as its event tells it, to the start of its job.',
      buckets: AGE_BUCKETS,
      registers,
    }),
    faults: new Counter({
      name: 'midstate_poller_faults_total',
      help: 'Requests of the poller that failed, by operation.',
      labelNames: ['operation'],
      registers,
    }),
  };
  for (const cause of [...FAILURE_NAMES, 'Unknown']) metrics.left.inc({ cause }, 0);
  for (const reason of REFUSALS) metrics.refused.inc({ reason }, 0);
  for (const outcome of UPLOAD_OUTCOMES) metrics.uploads.inc({ outcome }, 0);
  for (const kind of ['new', 'repeated']) metrics.starts.inc({ kind }, 0);
  for (const operation of POLLER_OPERATIONS) metrics.faults.inc({ operation }, 0);
  return metrics;
}
