import { spawnSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { holderOf } from '../../src/cli/tune/holder-options.js';
import { Confinement } from '../../src/local/process/confinement.js';
import { chooseHolder } from '../../src/tuning/holders/choose-holder.js';
import { createDockerHolder } from '../../src/tuning/holders/docker-holder.js';
import type { Holder, HolderName } from '../../src/tuning/holders/holder.js';
import { createSystemdHolder } from '../../src/tuning/holders/systemd-holder.js';

const options = { python: true, prefix: 'p/' };
let folder: string;

/** Puts a program in the place of the real one; what it is given goes to `calls`. */
async function standIn(name: string, script: string): Promise<void> {
  const file = join(folder, 'bin', name);
  const body = `#!/bin/sh\necho "${name} $*" >> '${join(folder, 'calls')}'\n${script}\n`;
  await writeFile(file, body);
  await chmod(file, 0o755);
}

const calls = async () => (await readFile(join(folder, 'calls'), 'utf8')).trim().split('\n');

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'midstate-holders-'));
  await mkdir(join(folder, 'bin'));
  vi.stubEnv('PATH', [join(folder, 'bin'), '/usr/bin', '/bin'].join(delimiter));
});

afterEach(async () => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  await rm(folder, { recursive: true, force: true });
});

describe('what holds a worker to its class', () => {
  const holder = (name: HolderName, reason: string | undefined): Holder => ({
    name,
    runsAnyProgram: true,
    whyNot: () => Promise.resolve(reason),
    hold: () => Promise.reject(new Error('not here')),
  });

  test('is the first that can, in the order control groups, systemd-run, docker', async () => {
    const [docker, systemd, cgroup] = [
      holder('docker', undefined),
      holder('systemd-run', undefined),
      holder('cgroup', 'no root'),
    ];

    expect(await chooseHolder([docker, systemd, cgroup], undefined)).toBe(systemd);
    expect(await chooseHolder([docker, systemd, cgroup], 'docker')).toBe(docker);
  });

  test('is nothing where none can: that is refused, with the reason of each', async () => {
    const none = [
      holder('docker', 'no daemon'),
      holder('systemd-run', 'no bus'),
      holder('cgroup', 'no root'),
    ];

    await expect(chooseHolder(none, undefined)).rejects.toThrow(
      /nothing here can hold.*control groups: no root; systemd-run: no bus; docker: no daemon; --unconfined/,
    );
    await expect(chooseHolder(none, 'docker')).rejects.toThrow(
      /docker cannot hold.*class: docker: no daemon; --un/,
    );
  });

  test('is refused where it is unknown, or contradicted', async () => {
    await expect(holderOf({ ...options, confinement: 'jail' })).rejects.toThrow(
      /expected one of cgroup, systemd-run, docker, got "jail"/,
    );
    await expect(holderOf({ ...options, confinement: 'docker', unconfined: true })).rejects.toThrow(
      /got both/,
    );
  });

  test('is looked for on this machine', async () => {
    vi.spyOn(Confinement, 'isPossible').mockResolvedValue(false);
    await standIn('systemd-run', 'echo "Failed to connect to bus" >&2; exit 1');
    await standIn('systemctl', 'exit 1');
    await standIn('docker', 'echo "Cannot connect to the Docker daemon" >&2; exit 1');

    await expect(holderOf(options)).rejects.toThrow(
      /control groups: they take root.*systemd-run: Failed to connect to bus; docker: Cannot connect to the Docker daemon/,
    );
  });
});

describe('systemd-run', () => {
  /** What the real one does, without limits: it tells what it was given, and runs the command in its own process. */
  const RUN = `while [ "$1" != -- ]; do shift; done; shift; exec "$@"`;

  const trialLimit = async (text: string) => {
    await mkdir(join(folder, 'cgroup'), { recursive: true });
    const two = spawnSync('sed', ['-n', 's/^0:://p', '/proc/self/cgroup'], {
      encoding: 'utf8',
    }).stdout.trim();
    await mkdir(join(folder, 'cgroup', two), { recursive: true });
    await writeFile(join(folder, 'cgroup', two, 'memory.max'), text);
    return join(folder, 'cgroup');
  };

  test('is tried with a scope: the limit that holds in there must be the one that was asked for', async () => {
    await standIn('systemd-run', RUN);
    await standIn('systemctl', '');

    expect(await createSystemdHolder({ root: await trialLimit('1073741824\n') }).whyNot()).toBeUndefined();
    expect(await createSystemdHolder({ root: await trialLimit('max\n') }).whyNot()).toMatch(
      /sets no memory limit \(expected 1073741824, got max\).*not delegated/,
    );
  });

  test('is given the memory without swap, the CPU share, and the command, by the user’s manager or the system’s', async () => {
    await standIn('systemd-run', RUN);
    await standIn('systemctl', '');
    const held = async (isUsers: boolean) => {
      const limits = await createSystemdHolder({ isUsers }).hold('tuned', 512);
      const { command, args, env } = limits.wrap({
        command: 'echo',
        args: ['it', 'runs'],
        env: { PATH: process.env['PATH'] },
      });
      return spawnSync(command, [...args], { env, encoding: 'utf8' }).stdout;
    };

    expect([await held(true), await held(false)]).toEqual(['it runs\n', 'it runs\n']);
    const scope =
      '--scope --quiet --unit=tuned --property=MemoryMax=512000000 --property=MemorySwapMax=0 --property=CPUAccounting=yes --property=CPUQuota=28.94% -- echo it runs';
    expect(await calls()).toEqual([
      ...[
        'systemctl --user stop tuned.scope',
        'systemctl --user reset-failed tuned.scope',
        `systemd-run --user ${scope}`,
      ],
      ...['systemctl stop tuned.scope', 'systemctl reset-failed tuned.scope', `systemd-run ${scope}`],
    ]);
  });

  test.each([
    [2, { 'memory.current': '1', 'memory.peak': '90000000', 'cpu.stat': 'usage_usec 2500000\n' }],
    [1, { 'memory.max_usage_in_bytes': '90000000', 'cpuacct.usage': '2500000000' }],
  ])('counts in the control group of its scope (version %i)', async (version, files) => {
    const root = join(folder, 'cgroup');
    const path = '/user.slice/tuned.scope';
    for (const [file, text] of Object.entries(files)) {
      const controller = version === 2 ? '' : file.startsWith('memory') ? 'memory' : 'cpuacct';
      await mkdir(join(root, controller, path), { recursive: true });
      await writeFile(join(root, controller, path, file), text);
    }
    await standIn('systemctl', `case $* in *ControlGroup*) echo ${path};; *Result*) echo oom-kill;; esac`);

    const limits = await createSystemdHolder({ root }).hold('tuned', 512);

    expect(await limits.usage()).toMatchObject({ peakBytes: 90_000_000, cpuSeconds: 2.5 });
    expect(await limits.wasKilled(undefined)).toBe(true);
  });

  test('says of a worker that somebody killed that it was at its limit, where systemd is not told', async () => {
    await standIn('systemctl', 'echo success');
    const limits = await createSystemdHolder().hold('tuned', 512);

    expect([await limits.wasKilled('SIGKILL'), await limits.wasKilled(undefined)]).toEqual([true, false]);
  });

  test('counts nothing before its scope is there', async () => {
    await standIn('systemctl', '');

    expect(await (await createSystemdHolder().hold('tuned', 512)).usage()).toBeUndefined();
  });
});

describe('docker', () => {
  test('is given memory, as much with swap, CPUs, the host’s network, and variables by name', async () => {
    await standIn('docker', '');
    const limits = await createDockerHolder({ image: 'mine:1' }).hold('tuned', 128);
    const env = {
      PATH: '/bin',
      HOME: '/root',
      AWS_SECRET_ACCESS_KEY: 'secret',
      MIDSTATE_ENGINE: 'native',
      HTTPS_PROXY: 'p',
      TEMPORAL_TLS: undefined,
    };

    const { command, args } = limits.wrap({
      command: '/here/bin/midstate',
      args: ['worker', '--memory-class', '128'],
      env,
    });

    expect([command, ...args].join(' ')).toBe(
      'docker run --name tuned --network host --read-only --memory 128000000 --memory-swap 128000000 --cpus 0.0724 ' +
        '--env AWS_SECRET_ACCESS_KEY --env MIDSTATE_ENGINE --env HTTPS_PROXY mine:1 worker --memory-class 128',
    );
    expect(await calls()).toEqual(['docker rm --force --volumes tuned']);
  });

  test.each([
    ['echo "no daemon" >&2; exit 1', /^no daemon$/],
    ['echo "false true"', /cannot limit memory and CPU.*false true/],
    ['[ $1 = info ] && echo "true true" || exit 1', /no image mine:1 \(docker build .*--docker-image/],
    ['[ $1 = info ] && echo "true true" || echo 0.0.9', /not of this version.*expected 1.2.3, got 0.0.9/],
  ])('that answers `%s` cannot be used', async (script, reason) => {
    await standIn('docker', script);

    expect(await createDockerHolder({ image: 'mine:1', version: '1.2.3' }).whyNot()).toMatch(reason);
  });

  test('that has the image of this version can', async () => {
    await standIn('docker', '[ $1 = info ] && echo "true true" || echo 1.2.3');

    expect(await createDockerHolder({ image: 'mine:1', version: '1.2.3' }).whyNot()).toBeUndefined();
  });

  test('tells peak and CPU time of the container’s control group, and whether it was killed', async () => {
    await standIn('docker', '[ $1 = exec ] && printf "90000000\\n2500000\\n1000000\\n" || echo true');
    const limits = await createDockerHolder().hold('tuned', 128);

    expect(await limits.usage()).toEqual({ peakBytes: 90_000_000, cpuSeconds: 2.5 });
    expect(await limits.wasKilled(undefined)).toBe(true);
  });

  test('tells nothing of a container that is not there', async () => {
    await standIn('docker', 'exit 1');

    expect(await (await createDockerHolder().hold('tuned', 128)).usage()).toBeUndefined();
  });
});
