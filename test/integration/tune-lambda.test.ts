import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { LambdaApi } from '../../sam/local/lambda-api/lambda-api.js';
import { openLambdaApi } from '../../sam/local/lambda-api/open-lambda-api.js';
import type { Run } from '../../src/tuning/state-file.js';
import type { TuneResult } from '../../src/tuning/tune-result.js';
import { eventually } from '../setup/eventually.js';
import { LambdaStage } from '../setup/lambda-stage.js';
import { userEnvironment, type Finished } from '../setup/midstate-cli.js';
import { theStack } from '../setup/the-stack.js';

const MIDSTATE = fileURLToPath(new URL('../../bin/midstate', import.meta.url));
const FUNCTION = 'worker-512';
const TIMEOUT_MS = 180_000;

let stage: LambdaStage;
let api: LambdaApi;
let folder: string;

beforeAll(async () => {
  stage = await LambdaStage.open({ workerTimeoutSeconds: 60 });
});

afterAll(async () => {
  await stage.close();
});

beforeEach(async () => {
  folder = await mkdtemp(join(theStack().scratchDir, 'tune-lambda-'));
  api = await openLambdaApi(stage.functions, stage.functionOptions);
});

afterEach(async () => {
  await api.close();
  await rm(folder, { recursive: true, force: true });
});

describe('midstate tune --lambda', () => {
  test(
    'runs each cell on a version with the class’s memory, says its cost first, and leaves the function as it was',
    { timeout: TIMEOUT_MS },
    async () => {
      const before = await configuration();
      const csv = join(folder, 'tuned.csv');

      const { code, stdout, stderr } = await finish(start(['--classes', '256,512', '--csv', csv, '--json']));

      expect(code, `${stderr}\n${stage.log()}`).toBe(0);
      const { cells, conditions } = JSON.parse(stdout) as TuneResult;
      expect(cells.map(({ memoryMB, failures }) => [memoryMB, failures])).toEqual([
        [256, []],
        [512, []],
      ]);
      for (const { megabytesPerSecond, peakBytes, memoryMB, runs } of cells) {
        expect(megabytesPerSecond?.median).toBeGreaterThan(0);
        expect(peakBytes).toBeGreaterThan(30_000_000);
        expect(peakBytes).toBeLessThanOrEqual(memoryMB * 2 ** 20);
        // Ten idle seconds at least.
        expect(runs[0]?.billedGBSeconds).toBeGreaterThan((10 * memoryMB) / 1_024);
      }
      expect(conditions).toMatchObject({ confinement: 'lambda', lambda: { function: FUNCTION } });
      expect(conditions.lambda?.billedDollars).toBeGreaterThan(0);
      expect(await readFile(csv, 'utf8')).toContain('billed_gb_s');

      expect(stderr).toMatch(/2 runs, each on one of 2 versions.*It costs about \$0\.\d+/s);
      const invoked = api.requests.filter((request) => request.includes('/invocations'));
      expect(
        new Set(invoked.map((request) => /Qualifier=midstate-tune-\w+-(\d+)/.exec(request)?.[1])),
      ).toEqual(new Set(['256', '512']));
      expect(api.requests.findIndex((request) => request.startsWith('PUT'))).toBeGreaterThan(0);
      expect(await configuration()).toEqual(before);
      expect(await leftOvers()).toEqual([]);
    },
  );

  test(
    'killed without a chance to clean up, does so when the same command is given again, and repeats no run',
    { timeout: TIMEOUT_MS },
    async () => {
      const before = await configuration();
      const args = ['--classes', '512', '--runs', '2', '--json'];

      const first = start(args);
      await eventually(() => runs().length === 1, { what: 'a run', timeoutMs: 90_000 });
      first.kill('SIGKILL');
      await once(first, 'exit');
      const [measured] = runs();
      const left = await leftOvers();
      const { code, stderr } = await finish(start(args));

      expect(left).not.toEqual([]);
      expect(code, stderr).toBe(0);
      expect(stderr).toContain('taking away what an earlier tuning left');
      expect(stderr).toContain('1 run, each on one of 1 version');
      expect(runs()[0]).toEqual(measured);
      expect(runs().map(({ round }) => round)).toHaveLength(2);
      expect(await configuration()).toEqual(before);
      expect(await leftOvers()).toEqual([]);
    },
  );

  test('interrupted, takes its versions away before it ends', { timeout: TIMEOUT_MS }, async () => {
    const before = await configuration();
    const linesBefore = linesOfFunction();

    const command = start(['--classes', '512', '--runs', '3', '--json']);
    const finished = finish(command);
    await eventually(() => linesOfFunction() > linesBefore, { what: 'an invocation', timeoutMs: 60_000 });
    command.kill('SIGINT');
    const { code, stderr } = await finished;

    expect(code, stderr).not.toBe(0);
    expect(stderr).toContain('interrupted; what was measured is kept');
    expect(await configuration()).toEqual(before);
    expect(await leftOvers()).toEqual([]);
  });

  test('where nobody approves of the cost, changes nothing', async () => {
    const { code, stderr } = await finish(start(['--classes', '512'], { approves: false }));

    expect(code).not.toBe(0);
    expect(stderr).toMatch(/It costs about .*nothing done: --yes/s);
    expect(api.requests.every((request) => request.startsWith('GET'))).toBe(true);
  });

  test.each([
    [['--lambda', 'starter'], /none of midstate’s worker functions/],
    [['--lambda', 'nobody'], /there is no such function/],
    [['--lambda', 'worker-512:live'], /without version or alias/],
    [['--lambda', FUNCTION, '--unconfined'], /Lambda itself holds it/],
    [['--lambda', FUNCTION, '--latency-ms', '30'], /not to --bucket/],
  ])('refuses %j', async (args, message) => {
    const { code, stderr } = await finish(start([...args, '--classes', '512']));

    expect(code).not.toBe(0);
    expect(stderr).toMatch(message);
  });

  test('leaves alone a function that another tuning has in hand, unless it is told to', async () => {
    const put = (path: string, body: unknown) =>
      fetch(`${api.url}/2015-03-31/functions/${FUNCTION}/${path}`, {
        method: 'POST',
        body: JSON.stringify(body),
      });
    await put('versions', { Description: 'midstate-tune-0123456789ab-before: the function as it was' });
    await put('aliases', { Name: 'midstate-tune-0123456789ab-before', FunctionVersion: '1' });

    const refused = await finish(start(['--classes', '512']));
    const told = await finish(start(['--classes', '512', '--fresh'], { approves: false }));

    expect(refused.stderr).toMatch(/versions of another tuning.*--fresh takes them away/s);
    expect(told.stderr).toContain('taking away what an earlier tuning left');
    expect(await leftOvers()).toEqual([]);
  });
});

function start(args: readonly string[], { approves = true } = {}): ChildProcess {
  const usual = ['--chunks', '20', '--objects', '2', '--runs', '1', '--bucket', stage.bucket];
  const places = ['--data-dir', join(folder, 'data'), '--state', join(folder, 'runs.jsonl')];
  const lambda = args.includes('--lambda') ? [] : ['--lambda', FUNCTION];
  const words = ['tune', ...usual, ...places, ...lambda, ...args, ...(approves ? ['--yes'] : [])];
  return spawn(MIDSTATE, words, {
    env: userEnvironment({ AWS_ENDPOINT_URL_LAMBDA: api.url }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

async function finish(child: ChildProcess): Promise<Finished> {
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout!),
    text(child.stderr!),
    once(child, 'close') as Promise<[number | null]>,
  ]);
  return { code, stdout, stderr };
}

function runs(): Run[] {
  const file = join(folder, 'runs.jsonl');
  return (existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [])
    .map((line) => JSON.parse(line) as Run)
    .filter((line) => 'round' in line);
}

/** Lines that versions of the function have logged. */
function linesOfFunction(): number {
  return stage
    .log()
    .split('\n')
    .filter((line) => line.startsWith(`${FUNCTION}:`)).length;
}

/** Memory and variables of the function itself. */
async function configuration(): Promise<unknown> {
  const answer = await fetch(`${api.url}/2015-03-31/functions/${FUNCTION}/configuration`);
  const { MemorySize, Environment } = (await answer.json()) as { MemorySize: unknown; Environment: unknown };
  return { MemorySize, Environment };
}

/** Versions and aliases that are there. */
async function leftOvers(): Promise<string[]> {
  const ask = async (what: string) =>
    (await (await fetch(`${api.url}/2015-03-31/functions/${FUNCTION}/${what}`)).json()) as {
      Versions?: { Version: string }[];
      Aliases?: { Name: string }[];
    };
  const [{ Versions = [] }, { Aliases = [] }] = [await ask('versions'), await ask('aliases')];
  return [...Versions.map((one) => one.Version), ...Aliases.map((one) => one.Name)].filter(
    (name) => name !== '$LATEST',
  );
}
