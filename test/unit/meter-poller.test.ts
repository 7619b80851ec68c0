import type { Registry } from 'prom-client';
import { beforeEach, describe, expect, test } from 'vitest';
import type { HashObjectInput } from '../../src/core/contracts.js';
import { MidstateError } from '../../src/core/failures.js';
import { messageCounter, meterStarts, queueCounter } from '../../src/observability/metrics/meter-poller.js';
import { createPollerMetrics, type PollerMetrics } from '../../src/observability/metrics/poller-metrics.js';
import { createRegistry } from '../../src/observability/metrics/registry.js';

let registry: Registry;
let metrics: PollerMetrics;

beforeEach(() => {
  registry = createRegistry({ role: 'poller' }, { version: '1' });
  metrics = createPollerMetrics(registry);
});

/** Values of a metric that are not zero, by its labels less the role. */
async function seen(name: string): Promise<Record<string, number>> {
  const metric = await registry.getSingleMetric(name)!.get();
  const values = metric.values.filter(({ value }) => value !== 0);
  return Object.fromEntries(
    values.map(({ labels, value, metricName = '' }: (typeof values)[number] & { metricName?: string }) => [
      [metricName.replace(name, ''), ...Object.values(labels)].join(''),
      value,
    ]),
  );
}

const message = { messageId: '1', receiptHandle: 'r', body: '', receiveCount: 1 };
const object = { bucket: 'b', key: 'k' };
const upload: HashObjectInput = { object, algorithms: ['sha1'], source: { kind: 's3-event' } };

describe('the poller’s metrics', () => {
  test('are all there at zero, before anything has happened', async () => {
    const text = await registry.metrics();

    expect(text).toContain('midstate_messages_left_total{cause="InvalidInput",role="poller"} 0');
    expect(text).toContain('midstate_poller_faults_total{operation="start",role="poller"} 0');
    expect(text).toContain('midstate_job_starts_total{kind="repeated",role="poller"} 0');
  });

  test('count messages received, with their age, and deleted', async () => {
    const events = queueCounter(metrics);

    events.received([message, { ...message, sentAtMs: Date.now() - 20_000 }]);
    events.deleted(1);
    events.failed('hide');

    expect(await seen('midstate_messages_received_total')).toEqual({ '': 2 });
    expect(await seen('midstate_messages_deleted_total')).toEqual({ '': 1 });
    expect(await seen('midstate_poller_faults_total')).toEqual({ hide: 1 });
    const ages = await seen('midstate_message_age_seconds');
    expect(ages['_count']).toBe(1);
    expect(ages['_sum']).toBeCloseTo(20, 0);
  });

  test('take a message sent in the future, by another clock, for a new one', async () => {
    queueCounter(metrics).received([{ ...message, sentAtMs: Date.now() + 60_000 }]);

    expect(await seen('midstate_message_age_seconds')).toMatchObject({ '_bucket0.1': 1, _count: 1 });
  });

  test('count messages in hand and those left, by cause', async () => {
    const counter = messageCounter(metrics);
    let during: unknown;

    await counter.handling(message, async () => {
      during = await seen('midstate_messages_in_flight');
    });
    counter.left(message, new MidstateError('InvalidInput', 'no event'));
    counter.left(message, new TypeError('defect'));

    expect(during).toEqual({ '': 1 });
    expect(await seen('midstate_messages_in_flight')).toEqual({});
    expect(await seen('midstate_messages_left_total')).toEqual({ InvalidInput: 1, Unknown: 1 });
  });

  test('count what became of uploads, of events that start nothing, and of messages not understood', async () => {
    const counter = messageCounter(metrics);

    for (const kind of ['gone', 'superseded', 'gone'] as const) counter.dealtWith?.({ upload, kind });
    counter.ignored?.({ event: 'ObjectRemoved:Delete', reason: 'the object was removed' });
    counter.refused?.(message, { reason: 'not-json', detail: 'x' });

    expect(await seen('midstate_uploads_total')).toEqual({ gone: 2, superseded: 1 });
    expect(await seen('midstate_events_ignored_total')).toEqual({ '': 1 });
    expect(await seen('midstate_messages_refused_total')).toEqual({ 'not-json': 1 });
  });

  test('tell that starts are not taken', async () => {
    const counter = messageCounter(metrics);

    counter.gate?.(false);
    const closed = await seen('midstate_poller_paused');
    counter.gate?.(true);

    expect([closed, await seen('midstate_poller_paused')]).toEqual([{ '': 1 }, {}]);
  });

  test('count starts, and how long after its upload a new job starts', async () => {
    const eventTime = new Date(Date.now() - 3_000).toISOString();
    const uploaded = { ...upload, source: { ...upload.source, eventTime } };
    let isNew = true;
    const start = meterStarts(() => Promise.resolve({ workflowId: 'w', isNew }), metrics);

    await start(uploaded);
    await start(upload);
    isNew = false;
    await start(uploaded);

    expect(await seen('midstate_job_starts_total')).toEqual({ new: 2, repeated: 1 });
    const latencies = await seen('midstate_start_latency_seconds');
    expect(latencies['_count']).toBe(1);
    expect(latencies['_sum']).toBeCloseTo(3, 0);
  });

  test('count a start that failed, unless the message is at fault', async () => {
    const errors = [new MidstateError('TemporalUnavailable', 'x'), new MidstateError('InvalidInput', 'x')];
    const start = meterStarts(() => Promise.reject(errors.shift()!), metrics);

    await start(upload).catch(() => undefined);
    await start(upload).catch(() => undefined);

    expect(await seen('midstate_poller_faults_total')).toEqual({ start: 1 });
  });
});
