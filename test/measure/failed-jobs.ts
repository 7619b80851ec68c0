/**
 * Measures how long `midstate failed` and `midstate replay --dry-run` take on a server that has many finished jobs. Not a
 * test: it prints the times, and fails only when an answer is wrong.
 *
 *     npx vitest run --mode measure test/measure/failed-jobs.ts
 *
 * MEASURE_OBJECTS (default 10000) chooses how many jobs, MEASURE_FAILED (default 2000) how many of them fail.
 */
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Worker } from '@temporalio/worker';
import Table from 'cli-table3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startHashObject } from '../../src/temporal/start-hash-object.js';
import { eventually } from '../setup/eventually.js';
import { installQuietRuntime } from '../setup/in-process-workers.js';
import { jsonLines, midstate } from '../setup/midstate-cli.js';
import { connectStack, type StackClients } from '../setup/stack-clients.js';
import { theStack } from '../setup/the-stack.js';

const COUNT = Number(process.env['MEASURE_OBJECTS'] ?? 10_000);
const FAILED = Number(process.env['MEASURE_FAILED'] ?? 2_000);
const CAUSES = ['AccessDenied', 'Archived', 'KmsDenied', 'CorruptRead', 'BucketNotFound'];
const STARTS_AT_ONCE = 100;
const TRIES = 5;

let clients: StackClients;
const table = new Table({ head: ['command', 'median s', 'from', 'to'], style: { head: [], border: [] } });

beforeAll(async () => {
  clients = await connectStack(theStack().urls);
});

afterAll(async () => {
  process.stdout.write(
    `${String(COUNT)} finished jobs, ${String(FAILED)} of them failed\n${table.toString()}\n`,
  );
  await clients.close();
});

test('many finished jobs', { timeout: 900_000 }, async () => {
  installQuietRuntime(); // jobs that fail as they are asked to are no news
  const taskQueuePrefix = `ending-${randomUUID()}`;
  const { code } = await bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('./ending-workflow.ts', import.meta.url)),
    logger: new DefaultLogger('ERROR'),
  });
  const connection = await NativeConnection.connect({ address: theStack().urls.temporalAddress });
  const worker = await Worker.create({ connection, taskQueue: taskQueuePrefix, workflowBundle: { code } });

  await worker.runUntil(async () => {
    const indexes = Array.from({ length: COUNT }, (_, index) => index).values();
    const lane = async () => {
      for (const index of indexes) {
        const end = index < FAILED ? (CAUSES[index % CAUSES.length] ?? '') : 'hashed';
        const object = {
          bucket: 'measured',
          key: `${end}/${String(index)}`,
          etag: randomUUID(),
          sizeBytes: 20_000_000,
        };
        await startHashObject(clients.temporal, {
          object,
          algorithms: ['sha1'],
          source: { kind: 'submit' },
          policy: { taskQueuePrefix },
        });
      }
    };
    await Promise.all(Array.from({ length: STARTS_AT_ONCE }, lane));
    const query = 'WorkflowType = "hashObject" AND ExecutionStatus != "Running"';
    await eventually(async () => (await clients.temporal.workflow.count(query)).count >= COUNT, {
      what: 'the end of all jobs',
      timeoutMs: 600_000,
      intervalMs: 1_000,
    });
  });
  await connection.close();
});

test.each([
  ['failed', { count: FAILED }],
  ['failed --by prefix', { count: FAILED }],
  ['failed --cause Archived', { count: FAILED / CAUSES.length }],
  ['replay --all --dry-run', { wouldStart: FAILED }],
  ['replay --cause Archived --dry-run', { wouldStart: FAILED / CAUSES.length }],
] as const)('%s', { timeout: 300_000 }, async (words, answer) => {
  const seconds: number[] = [];
  for (let tries = 0; tries < TRIES; tries++) {
    const startedAt = Date.now();
    const { stdout, stderr } = await midstate([...words.split(' '), '--json']);
    seconds.push((Date.now() - startedAt) / 1_000);
    expect(jsonLines(stdout)[0], stderr).toMatchObject(answer);
  }
  seconds.sort((a, b) => a - b);
  const [least, median, most] = [seconds[0], seconds[Math.floor(TRIES / 2)], seconds.at(-1)];
  table.push([`midstate ${words}`, ...[median, least, most].map((value) => (value ?? 0).toFixed(2))]);
});
