import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MidstateError } from '../../src/core/failures.js';
import { Confinement } from '../../src/local/process/confinement.js';

/** A folder in the place of /sys/fs/cgroup: it takes what is written, as the kernel does. */
let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'midstate-cgroups-'));
});

afterEach(() => {
  rmSync(root, { recursive: true });
});

function put(file: string, text: string): void {
  const path = join(root, file);
  if (!existsSync(dirname(path))) mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

function written(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}

const LIMITS = { memoryBytes: 128_000_000, cpuShare: 0.0724 };

describe('a confinement of cgroup version 2', () => {
  test('limits memory, swap and CPU in one group', () => {
    Confinement.create('g', LIMITS, root);

    expect(written('cgroup.subtree_control')).toBe('+memory +cpu');
    expect(written('g/memory.max')).toBe('128000000');
    expect(written('g/memory.swap.max')).toBe('0');
    expect(written('g/cpu.max')).toBe('7240 100000');
  });

  test('tells what its processes have used', () => {
    const confinement = Confinement.create('g', LIMITS, root);
    put('g/memory.peak', '90\n');
    put('g/memory.current', '80\n');
    put('g/memory.stat', 'anon 50\ninactive_file 20\n');
    put('g/memory.events', 'low 0\noom 2\noom_kill 1\n');
    put('g/cpu.stat', 'usage_usec 1500000\nuser_usec 1\n');

    expect(confinement.usage()).toEqual({
      peakBytes: 90,
      currentBytes: 80,
      workingSetBytes: 60,
      cpuSeconds: 1.5,
      oomKills: 1,
    });
  });
});

describe('a confinement of cgroup version 1', () => {
  beforeEach(() => {
    put('memory/memory.limit_in_bytes', '9223372036854771712');
  });

  test('limits memory and CPU in a group of each controller', () => {
    Confinement.create('g', LIMITS, root);

    expect(written('memory/g/memory.limit_in_bytes')).toBe('128000000');
    expect(written('cpu/g/cpu.cfs_period_us')).toBe('100000');
    expect(written('cpu/g/cpu.cfs_quota_us')).toBe('7240');
  });

  test('sets no quota where none is asked for', () => {
    Confinement.create('g', { memoryBytes: 1 }, root);

    expect(existsSync(join(root, 'cpu/g/cpu.cfs_quota_us'))).toBe(false);
  });

  test('tells what its processes have used', () => {
    const confinement = Confinement.create('g', LIMITS, root);
    put('memory/g/memory.max_usage_in_bytes', '90\n');
    put('memory/g/memory.usage_in_bytes', '80\n');
    put('memory/g/memory.stat', 'inactive_file 1\ntotal_inactive_file 20\n');
    put('memory/g/memory.oom_control', 'oom_kill_disable 0\nunder_oom 0\noom_kill 3\n');
    put('cpuacct/g/cpuacct.usage', '2500000000\n');

    expect(confinement.usage()).toEqual({
      peakBytes: 90,
      currentBytes: 80,
      workingSetBytes: 60,
      cpuSeconds: 2.5,
      oomKills: 3,
    });
  });

  test('takes a command in before its first instruction, under one process id', () => {
    const { prefix } = Confinement.create('g', LIMITS, root);
    const [shell = '', ...words] = prefix;

    const out = execFileSync(shell, [...words, process.execPath, '-p', 'process.pid'], { encoding: 'utf8' });

    for (const controller of ['memory', 'cpu', 'cpuacct']) {
      expect(written(`${controller}/g/cgroup.procs`)).toBe(out);
    }
  });
});

test('where groups cannot be made a confinement says what it takes', () => {
  expect(() => Confinement.create('g', LIMITS, join(root, 'not-there'))).toThrow(MidstateError);
  expect(() => Confinement.create('g', LIMITS, join(root, 'not-there'))).toThrow(
    /^confine: control groups cannot be made here; it takes root \[folder=/,
  );
});
