/**
 * Measures many small objects uploaded at once, from upload to digest, against the ceiling that this Temporal server sets:
 * an empty workflow with one empty activity. Not a test: it prints both and their ratio, and fails only when an object is
 * not hashed, or hashed twice.
 *
 *     npx vitest run --mode measure test/measure/small-objects.ts
 *
 * MEASURE_OBJECTS (default 1000) chooses how many; each has 100 kB.
 */
import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { defineSearchAttributeKey } from '@temporalio/common';
import { Worker } from '@temporalio/worker';
import Table from 'cli-table3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startHashObject } from '../../src/temporal/start-hash-object.js';
import { openEmptyWorkflows } from '../setup/empty-workflows.js';
import { eventually } from '../setup/eventually.js';
import { eventsOf, type HistoryEvent } from '../setup/histories.js';
import { PipelineStage } from '../setup/pipeline-stage.js';
import { ensureBucket, freshBytes, putObject } from '../setup/stack-clients.js';

const COUNT = Number(process.env['MEASURE_OBJECTS'] ?? 1_000);
const SIZE = 100_000;
/** As many starts as the poller has in hand. */
const STARTS_AT_ONCE = 50;

let stage: PipelineStage;
const table = new Table({
  head: ['what', 'done', 'seconds', 'per second', 'actions each', 'events each'],
  style: { head: [], border: [] },
});

beforeAll(async () => {
  stage = await PipelineStage.open();
});

afterAll(async () => {
  process.stdout.write(`${table.toString()}\n`);
  await stage.close();
});

test('the ceiling: an empty workflow with one activity', { timeout: 300_000 }, async () => {
  const taskQueue = `empty-${randomUUID()}`;
  const { connection, workflowBundle, activities } = await openEmptyWorkflows();
  const worker = await Worker.create({ connection, taskQueue, workflowBundle, activities });

  await worker.runUntil(async () => {
    const ids = Array.from({ length: COUNT }, () => randomUUID());
    await inTurns(ids, STARTS_AT_ONCE, async (workflowId) => {
      await stage.clients.temporal.workflow.start('oneActivity', { workflowId, taskQueue, args: [] });
    });
    await report('empty workflow, one activity', ids);
  });
  await connection.close();
});

/** What a job is besides hashing: a start that can be found, its activity in another worker, an end that can be found. */
test('an empty workflow of the shape of a job', { timeout: 300_000 }, async () => {
  const taskQueue = `shaped-${randomUUID()}`;
  const elsewhere = `${taskQueue}-activities`;
  const { connection, workflowBundle, activities } = await openEmptyWorkflows();
  const workers = [
    await Worker.create({ connection, taskQueue, workflowBundle }),
    await Worker.create({ connection, taskQueue: elsewhere, activities }),
  ];
  const object = { bucket: 'measured-small', key: 'imagined', etag: 'e'.repeat(32), sizeBytes: SIZE };
  const atStart = [
    { key: defineSearchAttributeKey('S3Bucket', 'KEYWORD'), value: object.bucket },
    { key: defineSearchAttributeKey('S3Key', 'KEYWORD'), value: object.key },
    { key: defineSearchAttributeKey('HashAlgorithms', 'KEYWORD_LIST'), value: ['sha1'] },
    { key: defineSearchAttributeKey('ObjectSizeBytes', 'INT'), value: SIZE },
  ];
  const atEnd = [
    { key: defineSearchAttributeKey('HashStatus', 'KEYWORD'), value: 'imagined' },
    { key: defineSearchAttributeKey('HashDigests', 'KEYWORD_LIST'), value: [`sha1:${'0'.repeat(40)}`] },
  ];

  const ids = Array.from({ length: COUNT }, () => randomUUID());
  const running = workers.map((worker) => worker.run());
  await inTurns(ids, STARTS_AT_ONCE, async (workflowId) => {
    await stage.clients.temporal.workflow.start('oneActivityElsewhere', {
      workflowId,
      taskQueue,
      args: [elsewhere, atEnd],
      memo: object,
      typedSearchAttributes: atStart,
    });
  });
  await report('empty workflow of the shape of a job', ids);
  for (const worker of workers) worker.shutdown();
  await Promise.all(running);
  await connection.close();
});

test('hashing, started by hand as fast as the ceiling is', { timeout: 300_000 }, async () => {
  const bucket = 'measured-small';
  await ensureBucket(stage.clients.s3, bucket);
  const ids: string[] = [];
  const bodies = Array.from({ length: COUNT }, () => freshBytes(SIZE));
  const uploaded = await inTurns(bodies, 20, (body) =>
    putObject(stage.clients.s3, bucket, randomUUID(), body),
  );

  await inTurns(uploaded, STARTS_AT_ONCE, async (object) => {
    const { workflowId } = await startHashObject(stage.clients.temporal, {
      object,
      algorithms: ['sha1'],
      source: { kind: 'submit' },
      policy: { taskQueuePrefix: stage.taskQueuePrefix, servedMemoryClassesMB: [256, 512] },
    });
    ids.push(workflowId);
  });
  await report('100 kB objects, started by hand', ids);
});

test('hashing, from the upload on', { timeout: 300_000 }, async () => {
  const prefix = `small-${randomUUID()}/`;
  const before = stage.bytesRead();
  const startedAt = Date.now();
  const bodies = Array.from({ length: COUNT }, (_, index) => ({
    key: `${prefix}${String(index)}`,
    body: freshBytes(SIZE),
  }));

  await inTurns(bodies, 20, ({ key, body }) => putObject(stage.clients.s3, stage.bucket, key, body));
  const uploadSeconds = (Date.now() - startedAt) / 1_000;
  const ids = await eventually(
    async () => {
      const found: string[] = [];
      const query = `S3Key BETWEEN "${prefix}" AND "${prefix}~" AND HashStatus = "hashed"`;
      for await (const { workflowId } of stage.clients.temporal.workflow.list({ query }))
        found.push(workflowId);
      return found.length === COUNT && found;
    },
    { what: `${String(COUNT)} hashed objects`, timeoutMs: 280_000, intervalMs: 1_000 },
  );

  expect(new Set(ids).size).toBe(COUNT);
  expect(stage.bytesRead() - before).toBe(COUNT * SIZE);
  await report(`100 kB objects, uploaded in ${uploadSeconds.toFixed(1)} s`, ids);
});

/** Waits for all, and measures from the first start to the last end, as the server has them. */
async function report(what: string, ids: readonly string[]): Promise<void> {
  const { temporal } = stage.clients;
  const spans = await inTurns(ids, 20, (id) => spanOf(temporal, id));
  const seconds =
    (Math.max(...spans.map(({ end }) => end)) - Math.min(...spans.map(({ start }) => start))) / 1_000;
  const histories = await inTurns(ids.slice(0, 50), 10, (id) => eventsOf(temporal.workflow.getHandle(id)));
  const mean = (count: (events: readonly HistoryEvent[]) => number) =>
    (histories.reduce((sum, events) => sum + count(events), 0) / histories.length).toFixed(2);
  const perSecond = (ids.length / seconds).toFixed(1);
  table.push([
    what,
    ids.length,
    seconds.toFixed(1),
    perSecond,
    mean(actionsIn),
    mean((events) => events.length),
  ]);
}

async function spanOf(client: Client, id: string): Promise<{ start: number; end: number }> {
  await client.workflow.getHandle(id).result();
  const { startTime, closeTime } = await client.workflow.getHandle(id).describe();
  return { start: startTime.getTime(), end: closeTime?.getTime() ?? 0 };
}

/** What Temporal Cloud bills: the start, each attempt of an activity, each upsert, each timer. Heartbeats leave no event. */
function actionsIn(events: readonly HistoryEvent[]): number {
  return events.reduce((sum, event) => {
    const attempts = event.activityTaskStartedEventAttributes?.attempt ?? 0;
    const isBilled =
      event.workflowExecutionStartedEventAttributes != null ||
      event.upsertWorkflowSearchAttributesEventAttributes != null ||
      event.timerStartedEventAttributes != null;
    return sum + attempts + (isBilled ? 1 : 0);
  }, 0);
}

async function inTurns<T, R>(
  items: readonly T[],
  lanes: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const lane = async () => {
    for (let index = next++; index < items.length; index = next++) {
      results[index] = await work(items[index] as T);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return results;
}
