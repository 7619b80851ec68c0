import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { installOnce } from '../../src/local/install/install-once.js';
import { localCacheDir } from '../../src/local/local-environment.js';
import { tryLock } from '../../src/local/process/process-lock.js';
import { isRunning, ownProcess, processIdentity } from '../../src/local/process/process-identity.js';
import { locateElasticMq } from '../../src/local/servers/elasticmq.js';
import { locateTemporalCli } from '../../src/local/servers/temporal-cli.js';
import { locateVersitygw } from '../../src/local/servers/versitygw.js';

let dir: string;
const quiet = (): void => undefined;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'midstate-install-'));
});

afterEach(async () => {
  await rm(dir, { recursive: true, force: true });
});

async function executable(path: string, script = '#!/bin/sh\n'): Promise<string> {
  await writeFile(path, script);
  await chmod(path, 0o755);
  return path;
}

describe('installing once', () => {
  it('installs a single time however many ask at the same time, and never again', async () => {
    let runs = 0;
    const install = async (staging: string): Promise<void> => {
      runs += 1;
      await writeFile(join(staging, 'payload'), 'whole');
    };
    const request = { title: 'x', folder: join(dir, 'x-1'), report: quiet, install };

    await Promise.all([installOnce(request), installOnce(request), installOnce(request)]);
    await installOnce(request);

    expect(runs).toBe(1);
    expect(await readFile(join(dir, 'x-1', 'payload'), 'utf8')).toBe('whole');
    expect(await readdir(dir)).toEqual(['x-1', 'x-1.lock']);
  });

  it('leaves nothing that could be taken for whole when it fails half-way, and then can be tried again', async () => {
    const folder = join(dir, 'x-1');
    const failing = async (staging: string): Promise<void> => {
      await writeFile(join(staging, 'half'), '');
      throw new Error('no disk');
    };

    await expect(installOnce({ title: 'x', folder, report: quiet, install: failing })).rejects.toThrow(
      'no disk',
    );
    expect(existsSync(folder)).toBe(false);

    await installOnce({ title: 'x', folder, report: quiet, install: () => Promise.resolve() });
    expect(await readdir(folder)).toEqual([]);
  });

  it('removes what an installer that was killed left behind', async () => {
    await mkdir(join(dir, 'x-1.installing-dead00'));
    await mkdir(join(dir, 'x-1.lock'));
    await writeFile(
      join(dir, 'x-1.lock', '1'),
      JSON.stringify({ pid: process.pid, identity: 'an earlier one' }),
    );

    await installOnce({
      title: 'x',
      folder: join(dir, 'x-1'),
      report: quiet,
      install: () => Promise.resolve(),
    });

    expect(await readdir(dir)).toEqual(['x-1', 'x-1.lock']);
  });
});

describe('a lock', () => {
  it('is busy while its process runs, and names it', async () => {
    const lock = join(dir, 'a.lock');
    const held = await tryLock(lock);

    expect(held.outcome).toBe('held');
    expect(await tryLock(lock)).toEqual({ outcome: 'busy', holder: ownProcess() });

    if (held.outcome === 'held') await held.release();
    expect((await tryLock(lock)).outcome).toBe('held');
  });

  it.each(['{"pid":1,"identity":"another boot"}', '{"pid":', ''])(
    'left behind as %j goes to one of many that try',
    async (content) => {
      const lock = join(dir, 'a.lock');
      await mkdir(lock);
      await writeFile(join(lock, '7'), content);

      const outcomes = await Promise.all(Array.from({ length: 20 }, () => tryLock(lock)));

      expect(outcomes.filter((attempt) => attempt.outcome === 'held')).toHaveLength(1);
      expect(await readdir(lock)).toEqual(['8']);
    },
  );
});

describe('a process identity', () => {
  it('is stable, and does not match another process of the same pid', () => {
    const own = ownProcess();

    expect(isRunning(own)).toBe(true);
    expect(isRunning({ pid: own.pid, identity: `${own.identity}0` })).toBe(false);
    expect(processIdentity(2 ** 22 + 1)).toBeUndefined();
  });
});

describe('finding a server', () => {
  const locators = [
    ['the Temporal CLI', 'TEMPORAL_CLI_PATH', 'temporal', locateTemporalCli],
    ['versitygw', 'VERSITYGW_PATH', 'versitygw', locateVersitygw],
  ] as const;

  it.each(locators)(
    '%s: the variable %s wins over PATH, PATH over the cache',
    async (_, variable, name, locate) => {
      const named = await executable(join(dir, 'named'));
      const onPath = await executable(join(dir, name));
      const environment = { cacheDir: join(dir, 'cache') };

      expect(await locate({ ...environment, env: { PATH: dir, [variable]: named } }, quiet)).toBe(named);
      expect(await locate({ ...environment, env: { PATH: dir } }, quiet)).toBe(onPath);
      expect(existsSync(environment.cacheDir)).toBe(false);
    },
  );

  it.each(locators)(
    '%s: a variable %s that names nothing executable is an error, not a fall-back',
    async (_, variable, _name, locate) => {
      const environment = { cacheDir: dir, env: { PATH: '', [variable]: join(dir, 'missing') } };

      await expect(locate(environment, quiet)).rejects.toThrow(
        new RegExp(`${variable}: expected the path.*missing`),
      );
    },
  );

  it('ElasticMQ without a Java says what is needed and which variable to set', async () => {
    const environment = { cacheDir: dir, env: { PATH: dir } };

    await expect(locateElasticMq(environment, quiet)).rejects.toThrow(/needs version 11 or newer.*JAVA_HOME/);
  });

  it('ElasticMQ refuses a Java that is too old', async () => {
    await executable(join(dir, 'java'), '#!/bin/sh\necho \'openjdk version "1.8.0_392"\' >&2\n');

    await expect(locateElasticMq({ cacheDir: dir, env: { PATH: dir } }, quiet)).rejects.toThrow(/version 8/);
  });

  it('ElasticMQ without a Maven says where it looked', async () => {
    await executable(join(dir, 'java'), '#!/bin/sh\necho \'openjdk version "17.0.15"\' >&2\n');

    await expect(locateElasticMq({ cacheDir: dir, env: { PATH: dir } }, quiet)).rejects.toThrow(
      /no Maven \(mvn\).*ELASTICMQ_JAR/,
    );
  });

  it('ElasticMQ takes a jar that a variable names', async () => {
    const java = await executable(join(dir, 'java'), '#!/bin/sh\necho \'openjdk version "21"\' >&2\n');
    const env = { PATH: dir, ELASTICMQ_JAR: '/opt/elasticmq.jar' };

    expect(await locateElasticMq({ cacheDir: dir, env }, quiet)).toEqual({
      java,
      classpath: '/opt/elasticmq.jar',
    });
  });
});

describe("downloading Temporal's release", () => {
  let server: Server;

  async function serve(archive: Buffer): Promise<string> {
    server = createServer((_, response) => response.end(archive)).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  async function release(version: string): Promise<Buffer> {
    await executable(join(dir, 'temporal'), `#!/bin/sh\necho "temporal version ${version}"\n`);
    return execFileSync('tar', ['-cz', '-C', dir, 'temporal']);
  }

  afterEach(() => server.close());

  it('installs it into the cache and finds it there the next time', async () => {
    const downloads = await serve(await release('1.5.1 (Server 1.29.1)'));
    const environment = { cacheDir: join(dir, 'cache'), env: { PATH: '/usr/bin:/bin' } };

    const first = await locateTemporalCli(environment, quiet, downloads);
    server.close();
    const second = await locateTemporalCli(environment, quiet, 'http://127.0.0.1:9');

    expect(first).toBe(join(dir, 'cache', 'temporal-cli-1.5.1', 'temporal'));
    expect(second).toBe(first);
    expect(execFileSync(first, { encoding: 'utf8' })).toContain('1.5.1');
  });

  it('is not trusted when it is another version', async () => {
    const downloads = await serve(await release('9.9.9'));
    const lines: string[] = [];
    const noGo = await executable(join(dir, 'go'), '#!/bin/sh\necho cannot build; exit 3\n');
    const environment = {
      cacheDir: join(dir, 'cache'),
      env: { PATH: `${dir}/bin:/usr/bin:/bin`, GOROOT: join(dir, 'root') },
    };
    await mkdir(join(dir, 'root', 'bin'), { recursive: true });
    await writeFile(join(dir, 'root', 'bin', 'go'), await readFile(noGo));
    await chmod(join(dir, 'root', 'bin', 'go'), 0o755);

    const located = locateTemporalCli(environment, (line) => lines.push(line), downloads);

    await expect(located).rejects.toThrow(/go install github.com\/temporalio\/cli.*got 3\ncannot build/);
    expect(lines.join()).toContain('another version (temporal version 9.9.9)');
    expect(await readdir(join(dir, 'cache'))).toEqual(['temporal-cli-1.5.1.lock']);
  });
});

describe('the cache folder', () => {
  it.each([
    [{ MIDSTATE_CACHE_DIR: '/c', XDG_CACHE_HOME: '/x', HOME: '/h' }, '/c'],
    [{ XDG_CACHE_HOME: '/x', HOME: '/h' }, '/x/midstate'],
    [{ HOME: '/h' }, '/h/.cache/midstate'],
  ])('with %j is %s', (env, expected) => {
    expect(localCacheDir(env)).toBe(expected);
  });
});
