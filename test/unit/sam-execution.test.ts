import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { LocalFunction } from '../../sam/local/local-function.js';
import { plainRuntimeClient } from '../../sam/local/runtime-client.js';
import { eventually } from '../setup/eventually.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Does what its event says; counts its invocations. */
const HANDLER = `
let count = 0;
const kept = [];
exports.handler = async ({ what }, context) => {
  count++;
  if (what === 'fail') throw new TypeError('as asked');
  if (what === 'hang') await new Promise(() => setInterval(() => {}, 1000));
  if (what === 'exit') process.exit(3);
  if (what === 'eat') for (;;) { kept.push(Buffer.alloc(4_000_000, 1)); await new Promise((r) => setTimeout(r, 5)); }
  console.log('count ' + count);
  return { count, leftMs: context.getRemainingTimeInMillis(), pid: process.pid };
};`;

let folder: string;
let local: LocalFunction;
const lines: string[] = [];

function open(name: string, code: string): LocalFunction {
  const taskRoot = mkdtempSync(join(folder, `${name}-`));
  writeFileSync(join(taskRoot, 'package.json'), '{"type":"commonjs"}');
  writeFileSync(join(taskRoot, 'index.js'), code);
  return new LocalFunction(name, () => ({
    command: plainRuntimeClient(ROOT).command,
    taskRoot,
    env: { LAMBDA_TASK_ROOT: taskRoot, _HANDLER: 'index.handler', PATH: process.env['PATH'] ?? '' },
    functionArn: `arn:aws:lambda:us-east-1:000000000000:function:${name}`,
    memoryMB: 96,
    timeoutMs: 700,
    log: (line) => lines.push(line),
  }));
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'midstate-lambda-'));
  local = open('example', HANDLER);
});

afterEach(async () => {
  await local.stop();
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function answerTo(what: string): Promise<{ count: number; leftMs: number; pid: number }> {
  const { payload = '' } = await local.invoke({ what });
  return JSON.parse(payload) as { count: number; leftMs: number; pid: number };
}

/** The kernel's letter for what a process does; T: it is stopped. */
function stateOf(pid: number): string | undefined {
  return /^State:\s*(\w)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
}

describe('a function that is run here', () => {
  test('is given its deadline, and its lines are taken', async () => {
    const { leftMs } = await answerTo('count');

    expect(leftMs).toBeGreaterThan(0);
    expect(leftMs).toBeLessThanOrEqual(700);
    expect(lines).toContain('count 1');
  });

  test('keeps its process from one invocation to the next, stopped in between', async () => {
    const first = await answerTo('count');
    await eventually(() => stateOf(first.pid) === 'T', { what: 'it is stopped', intervalMs: 5 });
    const second = await answerTo('count');

    expect(second).toMatchObject({ count: first.count + 1, pid: first.pid });
  });

  test('reports its start once, with the CPU time that it took', async () => {
    const first = await local.invoke({ what: 'count' });
    const second = await local.invoke({ what: 'count' });

    expect(first.initCpuSeconds).toBeGreaterThan(0);
    expect(second.initMs).toBeUndefined();
  });

  test('two invocations at once have a process each', async () => {
    const [one, other] = await Promise.all([answerTo('count'), answerTo('count')]);

    expect(one.pid).not.toBe(other.pid);
  });

  test.each([
    ['fail', 'error', 'as asked'],
    ['hang', 'timed-out', undefined],
    ['exit', 'exited', undefined],
    ['eat', 'out-of-memory', undefined],
  ])('that is to %s ends as %s', async (what, outcome, message) => {
    const report = await local.invoke({ what });

    expect(report.outcome).toBe(outcome);
    expect((JSON.parse(report.payload ?? '{}') as { errorMessage?: string }).errorMessage).toBe(message);
  });

  test('that was killed at its deadline begins anew, and one that failed goes on', async () => {
    const { pid } = await answerTo('count');
    await local.invoke({ what: 'fail' });
    const afterFailure = await answerTo('count');
    await local.invoke({ what: 'hang' });
    const afterDeadline = await answerTo('count');

    expect(afterFailure.pid).toBe(pid);
    expect(afterDeadline.pid).not.toBe(pid);
  });

  test('whose module cannot be loaded says why, and leaves no process', async () => {
    const broken = open('broken', `throw new Error('no module');`);

    await expect(broken.invoke({})).rejects.toThrow(/function broken: it did not get ready.*no module/);
    expect(broken.environments).toEqual([]);
  });
});
