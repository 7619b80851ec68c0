/**
 * Measures what one job takes where jobs follow each other, and in which of its steps: an empty workflow with one activity,
 * an object of 100 kB, and one of several chunks. Not a test: it prints the median time between each event of the history
 * and the one before.
 *
 *     npx vitest run --mode measure test/measure/job-latency.ts
 *
 * MEASURE_JOBS (default 30) chooses how many of each; the first five are not counted.
 */
import { randomUUID } from 'node:crypto';
import { tsToMs } from '@temporalio/common/lib/time.js';
import { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startHashObject } from '../../src/temporal/start-hash-object.js';
import { openEmptyWorkflows } from '../setup/empty-workflows.js';
import { eventsOf, type HistoryEvent } from '../setup/histories.js';
import { PipelineStage } from '../setup/pipeline-stage.js';
import { ensureBucket, freshBytes, putObject } from '../setup/stack-clients.js';

const COUNT = Number(process.env['MEASURE_JOBS'] ?? 30);
const NOT_COUNTED = 5;

let stage: PipelineStage;

beforeAll(async () => {
  stage = await PipelineStage.open();
});

afterAll(async () => {
  await stage.close();
});

test('an empty workflow with one activity', { timeout: 300_000 }, async () => {
  const taskQueue = `empty-${randomUUID()}`;
  const { connection, ...empty } = await openEmptyWorkflows();
  const worker = await Worker.create({ connection, taskQueue, ...empty });

  await worker.runUntil(async () => {
    await oneAfterAnother('an empty workflow with one activity', async () => {
      const workflowId = randomUUID();
      await stage.clients.temporal.workflow.start('oneActivity', { workflowId, taskQueue, args: [] });
      return workflowId;
    });
  });
  await connection.close();
});

test.each([100_000, 40_000_000])('an object of %d bytes', { timeout: 300_000 }, async (sizeBytes) => {
  const bucket = 'measured-latency';
  await ensureBucket(stage.clients.s3, bucket);

  await oneAfterAnother(`an object of ${String(sizeBytes)} bytes`, async () => {
    const object = await putObject(stage.clients.s3, bucket, randomUUID(), freshBytes(sizeBytes));
    const { workflowId } = await startHashObject(stage.clients.temporal, {
      object,
      algorithms: ['sha1'],
      source: { kind: 'submit' },
      policy: { taskQueuePrefix: stage.taskQueuePrefix, servedMemoryClassesMB: [256, 512] },
    });
    return workflowId;
  });
});

/** Waits for each job before the next is started, and prints what its steps took. */
async function oneAfterAnother(what: string, start: () => Promise<string>): Promise<void> {
  const histories: HistoryEvent[][] = [];
  for (let job = 0; job < NOT_COUNTED + COUNT; job++) {
    const handle = stage.clients.temporal.workflow.getHandle(await start());
    await handle.result();
    if (job >= NOT_COUNTED) histories.push(await eventsOf(handle));
  }
  expect(histories).toHaveLength(COUNT);
  const usual = median(histories.map((events) => events.length));
  const alike = histories.filter((events) => events.length === usual).map(stepsOf);
  const total = median(alike.map((steps) => steps.reduce((sum, { ms }) => sum + ms, 0)));
  process.stdout.write(`${what}: ${total.toFixed(1)} ms, median of ${String(alike.length)}\n`);
  for (const [index, { name }] of (alike[0] ?? []).entries()) {
    const ms = median(alike.map((steps) => steps[index]?.ms ?? 0));
    process.stdout.write(`  ${ms.toFixed(1).padStart(7)} ms  ${name}\n`);
  }
}

/** Each event, and the milliseconds since the one before it. */
function stepsOf(events: readonly HistoryEvent[]): { name: string; ms: number }[] {
  const times = events.map(({ eventTime }) => tsToMs(eventTime));
  return events.map((event, index) => ({
    name: Object.entries(event).find(([field, value]) => field.endsWith('Attributes') && value)?.[0] ?? '',
    ms: index === 0 ? 0 : (times[index] ?? 0) - (times[index - 1] ?? 0),
  }));
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
