import { spawn, spawnSync, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { GuardedProcess } from '../../src/local/process/guarded-process.js';
import { isRunning, ownProcess, processIdentity } from '../../src/local/process/process-identity.js';
import { claimDataDir } from '../../src/local/process/run-record.js';
import { superviseNode, type RestartNotice } from '../../src/local/supervisor.js';
import { FIRST_START_MS, optionsFor, StackHarness } from './local-stack-harness.js';

vi.setConfig({ testTimeout: 60_000 });

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));
const FOREVER = ['-e', 'setInterval(() => {}, 1000)'];
/** Ignores SIGTERM, and says when it does. */
const STUBBORN = ['-e', "process.on('SIGTERM', () => {}); console.log('ready'); setInterval(() => {}, 1000)"];

/** In the repository, so that a plain Node finds its packages from there. */
const built = join(REPOSITORY, '.midstate', `test-${String(process.pid)}`);

/** What a test started in another process, to be ended should the test fail. */
let strays: number[];
let dir: string;
let reported: string[];
const report = (line: string): void => void reported.push(line);

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'midstate-processes-'));
  reported = [];
  strays = [];
});

afterEach(async () => {
  for (const pid of strays) if (processIdentity(pid) !== undefined) process.kill(pid, 'SIGKILL');
  await rm(dir, { recursive: true, force: true });
  await rm(built, { recursive: true, force: true });
});

const supervise = (args: string[], changes: { stopTimeoutMs?: number; firstBackoffMs?: number } = {}) =>
  superviseNode({
    name: 'child',
    args,
    env: process.env,
    logFile: join(dir, 'child.log'),
    report,
    ...changes,
  });

describe('a supervised process', () => {
  it('is started again when it is killed, and its listeners are told how it ended', async () => {
    const child = supervise(FOREVER, { firstBackoffMs: 10 });
    const notices: RestartNotice[] = [];
    child.onRestart((notice) => notices.push(notice));
    const firstPid = child.pid!;

    process.kill(firstPid, 'SIGKILL');

    await expect.poll(() => notices).toHaveLength(1);
    expect(notices[0]).toEqual({ name: 'child', pid: child.pid, previousEnd: 'signal SIGKILL' });
    expect(child.pid).not.toBe(firstPid);
    expect(child.restarts).toBe(1);
    expect(reported[0]).toMatch(
      /^child ended unexpectedly \(signal SIGKILL\); starting it again in 0.01 s; .*child\.log$/,
    );
    await child.stop();
  });

  it('is started again ever more slowly when it keeps ending', async () => {
    const child = supervise(['-e', 'process.exit(3)'], { firstBackoffMs: 20 });

    await expect.poll(() => child.restarts, { timeout: 10_000 }).toBe(3);

    await child.stop();
    expect(reported.slice(0, 3).map((line) => /\((.*)\).* in (\S+) s/.exec(line)?.slice(1))).toEqual([
      ['code 3', '0.02'],
      ['code 3', '0.04'],
      ['code 3', '0.08'],
    ]);
  });

  it('is ended by stop, and stays so', async () => {
    const child = supervise(FOREVER, { firstBackoffMs: 1 });
    const pid = child.pid!;

    await child.stop();

    expect(processIdentity(pid)).toBeUndefined();
    expect(child.pid).toBeUndefined();
    expect(reported).toEqual([]);
  });

  it('is killed by stop when it does not heed SIGTERM', async () => {
    const child = supervise(STUBBORN, { stopTimeoutMs: 100 });
    await expect.poll(() => readFile(join(dir, 'child.log'), 'utf8')).toContain('ready');
    const pid = child.pid!;

    await child.stop();

    expect(processIdentity(pid)).toBeUndefined();
  });

  it('can be stopped while it waits to be started again', async () => {
    const child = supervise(['-e', ''], { firstBackoffMs: 60_000 });
    await expect.poll(() => reported).toHaveLength(1);

    await child.stop();

    expect(child.restarts).toBe(0);
  });

  it('does not get the signals of the terminal: it has a process group of its own', async () => {
    const child = supervise(FOREVER);

    const group = spawnSync('ps', ['-o', 'pgid=', '-p', String(child.pid)], {
      encoding: 'utf8',
    }).stdout.trim();

    expect(group).toBe(String(child.pid));
    await child.stop();
  });

  it('that cannot be started is reported, not thrown', async () => {
    const child = superviseNode({
      name: 'child',
      command: join(dir, 'missing'),
      args: [],
      env: { PATH: '' },
      logFile: join(dir, 'child.log'),
      report,
      firstBackoffMs: 60_000,
    });

    await expect.poll(() => reported.join()).toMatch(/not started: .*ENOENT|code 127/);
    await child.stop();
  });
});

describe('a data folder whose owner was killed', () => {
  const sleeper = (name: string) =>
    new GuardedProcess({
      command: process.execPath,
      args: FOREVER,
      env: process.env,
      logFile: join(dir, `${name}.log`),
    });

  it('is claimed, and the recorded processes that are still the same are ended, no others', async () => {
    const [same, another] = [sleeper('same'), sleeper('another')];
    const processes = [
      { name: 's3', ...same.ref! },
      { name: 'sqs', pid: another.pid, identity: 'of a process that had this pid before' },
      { name: 'temporal', pid: 2 ** 22 + 1, identity: 'gone' },
    ];
    await writeFile(join(dir, 'run.json'), JSON.stringify({ processes }));

    const claim = await claimDataDir(dir, report);

    expect(isRunning(same.ref!)).toBe(false);
    expect(isRunning(another.ref!)).toBe(true);
    expect(reported).toEqual([
      `local stack: ending s3 (pid ${same.ref!.pid}), left over from a run that was killed`,
    ]);
    await another.stop(1_000);
    await claim.release();
  });

  it.each(['', '{"processes":[null,1,{"pid":1}]}', '[]', 'null'])(
    'is claimed with %j for a record',
    async (content) => {
      await writeFile(join(dir, 'run.json'), content);

      const claim = await claimDataDir(dir, report);
      await expect(claimDataDir(dir, report)).rejects.toThrow(`pid=${ownProcess().pid}`);
      await claim.release();

      expect(await readdir(dir)).not.toContain('run.json');
    },
  );
});

/** Writes the product as JavaScript. */
async function compile(into: string): Promise<void> {
  const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 };
  for (const file of await readdir(join(REPOSITORY, 'src'), { recursive: true })) {
    if (!file.endsWith('.ts')) continue;
    const source = await readFile(join(REPOSITORY, 'src', file), 'utf8');
    const target = join(into, 'src', file.replace(/ts$/, 'js'));
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, ts.transpileModule(source, { compilerOptions }).outputText);
  }
}

/** The first line that a process prints; rejects when it ends without one. */
async function firstLine(child: ChildProcessByStdio<null, Readable, null>): Promise<string> {
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`ended with ${String(code)} before it printed a line`);
  });
  const [line] = (await Promise.race([once(createInterface(child.stdout), 'line'), ended])) as [string];
  return line;
}

const PARENT = `
import { startLocalStack } from './src/local/local-stack.js';
import { superviseNode } from './src/local/supervisor.js';
const { options, logFile, args } = JSON.parse(process.argv[2]);
const stack = await startLocalStack({ ...options, env: process.env, report: () => undefined });
const child = superviseNode({ name: 'child', args, env: process.env, logFile, report: () => undefined });
console.log(JSON.stringify([...stack.processes.map((server) => server.pid), child.pid]));
`;

const hasDeathSignal = spawnSync('setpriv', ['--pdeathsig', 'TERM', '--', 'true']).status === 0;

describe.skipIf(!hasDeathSignal)('a parent that is killed with SIGKILL', () => {
  it(
    'takes its servers and supervised processes with it, and the stack can be started again',
    async () => {
      await compile(built);
      await writeFile(join(built, 'package.json'), '{"type":"module"}');
      await writeFile(join(built, 'parent.js'), PARENT);
      const { report: _report, env: _env, ...options } = optionsFor(dir);
      const request = JSON.stringify({ options, logFile: join(dir, 'child.log'), args: FOREVER });
      const parent = spawn(process.execPath, [join(built, 'parent.js'), request], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const pids = JSON.parse(await firstLine(parent)) as number[];
      strays = pids;
      expect(pids.map(processIdentity)).not.toContain(undefined);

      parent.kill('SIGKILL');

      await expect
        .poll(() => pids.filter((pid) => processIdentity(pid) !== undefined), { timeout: 20_000 })
        .toEqual([]);
      const again = await StackHarness.create({ dataDir: dir });
      expect(again.stack.processes).toHaveLength(3);
      await again.dispose();
    },
    FIRST_START_MS,
  );
});
