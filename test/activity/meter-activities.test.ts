import { MockActivityEnvironment } from '@temporalio/testing';
import { log } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { DefaultLogger, type ActivityInterceptorsFactory, type LogEntry } from '@temporalio/worker';
import type { Registry } from 'prom-client';
import { beforeEach, describe, expect, test } from 'vitest';
import { createHashMetrics } from '../../src/observability/metrics/hash-metrics.js';
import { meterHashing, meterPublishing } from '../../src/observability/metrics/meter-activities.js';
import { createPublishMetrics } from '../../src/observability/metrics/publish-metrics.js';
import { createRegistry } from '../../src/observability/metrics/registry.js';
import { logActivities } from '../../src/observability/log-activities.js';

let registry: Registry;
let hashing: ActivityInterceptorsFactory;
let publishing: ActivityInterceptorsFactory;

beforeEach(() => {
  registry = createRegistry({ role: 'worker', memory_class: '256' }, { version: '1' });
  const publish = createPublishMetrics(registry);
  hashing = meterHashing(createHashMetrics(registry, 256), publish);
  publishing = meterPublishing(publish);
});

const object = { bucket: 'b', key: 'k', etag: 'e', sizeBytes: 3_000 };
const stats = { bytesRead: 2_500, bytesReadTwice: 500, attempts: 3, lostAttempts: 2 };

/** Lines of the scrape that are about midstate and not zero, less labels of the process. */
async function counted(): Promise<string[]> {
  const lines = (await registry.metrics()).split('\n');
  return lines
    .filter((line) => /^midstate_(?!info|object_slots|memory_class)/.test(line) && !line.endsWith(' 0'))
    .map((line) => line.replace(/,?role="worker",memory_class="256"/, '').replace('{}', ''));
}

/** Runs an activity as a worker with these interceptors does. */
async function run(
  activityType: string,
  factories: readonly ActivityInterceptorsFactory[],
  argument: unknown,
  body: () => Promise<unknown>,
  logged: LogEntry[] = [],
): Promise<unknown> {
  const logger = new DefaultLogger('INFO', (entry) => logged.push(entry));
  const env = new MockActivityEnvironment({ activityType }, { interceptors: [...factories], logger });
  return await env.run(body, argument as never);
}

describe('the metrics of hashing', () => {
  test('are all there at zero, before anything has happened', async () => {
    const text = await registry.metrics();

    expect(text).toContain(
      'midstate_range_retries_total{cause="WorkerLost",role="worker",memory_class="256"} 0',
    );
    expect(text).toContain(
      'midstate_hashed_bytes_total{algorithm="blake3",role="worker",memory_class="256"} 0',
    );
  });

  test('count a range at its end: bytes for each algorithm, bytes read twice, workers lost', async () => {
    const range = { object, algorithms: ['sha1', 'md5'], startByte: 1_000, endByteExclusive: 3_000 };

    await run('hashRange', [hashing], range, () => Promise.resolve({ stats }));

    expect(await counted()).toEqual([
      'midstate_hashed_bytes_total{algorithm="md5"} 2000',
      'midstate_hashed_bytes_total{algorithm="sha1"} 2000',
      'midstate_reread_bytes_total 500',
      'midstate_ranges_total 1',
      'midstate_range_retries_total{cause="WorkerLost"} 2',
    ]);
  });

  test('count a small object whole, and what was published with it', async () => {
    const receipts = [{ sink: 'tags', status: 'written', detail: '' }];
    const result = {
      description: { object },
      receipts,
      stats: { ...stats, bytesReadTwice: 0, lostAttempts: 0 },
    };

    await run('hashSmallObject', [hashing], { object, algorithms: ['sha1'] }, () => Promise.resolve(result));

    expect(await counted()).toEqual([
      'midstate_sink_writes_total{sink="tags",status="written"} 1',
      'midstate_hashed_bytes_total{algorithm="sha1"} 3000',
      'midstate_ranges_total 1',
    ]);
  });

  test.for([
    {
      error: ApplicationFailure.create({ type: 'StoreUnavailable', message: 'x' }),
      cause: 'StoreUnavailable',
    },
    { error: ApplicationFailure.create({ type: 'WorkerShutdown', message: 'x' }), cause: 'WorkerShutdown' },
    { error: new TypeError('x'), cause: 'Unknown' },
  ])('count an attempt that another follows under $cause', async ({ error, cause }) => {
    await run('hashRange', [hashing], { object }, () => Promise.reject(error)).catch(() => undefined);

    expect(await counted()).toEqual([`midstate_range_retries_total{cause="${cause}"} 1`]);
  });

  test.for([
    { what: 'fails for good', error: ApplicationFailure.nonRetryable('x', 'AccessDenied') },
    { what: 'is cancelled', error: new CancelledFailure('x') },
  ])('count no retry of an attempt that $what', async ({ error }) => {
    await run('hashRange', [hashing], { object }, () => Promise.reject(error)).catch(() => undefined);

    expect(await counted()).toEqual([]);
  });

  test('tell how many objects are being hashed now', async () => {
    let during: string[] = [];

    await run(
      'hashRange',
      [hashing],
      { object, algorithms: [], startByte: 0, endByteExclusive: 0 },
      async () => {
        during = await counted();
        return { stats: { ...stats, bytesReadTwice: 0, lostAttempts: 0 } };
      },
    );

    expect(during).toEqual(['midstate_objects_in_flight 1']);
    expect(await counted()).toEqual(['midstate_ranges_total 1']);
  });
});

describe('the metrics of publishing', () => {
  test('count what became of each sink', async () => {
    const receipts = [
      { sink: 'tags', status: 'refused', cause: 'NoTagRoom', detail: '' },
      { sink: 'sidecar', status: 'written', detail: '' },
    ];

    await run('publishDigests', [publishing], { description: { object } }, () =>
      Promise.resolve({ receipts }),
    );

    expect(await counted()).toEqual([
      'midstate_sink_writes_total{sink="tags",status="refused"} 1',
      'midstate_sink_writes_total{sink="sidecar",status="written"} 1',
    ]);
  });
});

describe('the log of an activity', () => {
  test('says of which object each line is, and at the end what hashing took', async () => {
    const logged: LogEntry[] = [];

    await run(
      'hashRange',
      [logActivities()],
      { object: { ...object, versionId: 'v1' } },
      () => {
        log.info('range resumed');
        return Promise.resolve({ stats });
      },
      logged,
    );

    const about = { bucket: 'b', key: 'k', versionId: 'v1', etag: 'e', sizeBytes: 3_000 };
    expect(logged).toMatchObject([
      { message: 'range resumed', meta: about },
      {
        message: 'range hashed',
        meta: { ...about, bytesRead: 2_500, bytesReadTwice: 500, seconds: expect.any(Number) as number },
      },
    ]);
  });

  test('of a short activity adds no line of its own', async () => {
    const logged: LogEntry[] = [];

    await run('describeObject', [logActivities()], { object }, () => Promise.resolve({}), logged);

    expect(logged).toEqual([]);
  });
});
