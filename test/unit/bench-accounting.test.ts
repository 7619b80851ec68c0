import { describe, expect, test } from 'vitest';
import { requireRight } from '../../bench/measure/check-accounting.js';
import { classLimits } from '../../bench/measure/cgroup.js';
import { parseField, parseMounts } from '../../bench/measure/cgroup-files.js';
import { cgroupsV1 } from '../../bench/measure/cgroup-v1.js';
import { curl } from '../../bench/peers/floor.js';
import { firstWords } from '../../bench/peers/contender.js';

const MOUNTS = `tmpfs /sys/fs/cgroup tmpfs rw,relatime,mode=755 0 0
cgroup /sys/fs/cgroup/cpu,cpuacct cgroup rw,nosuid,cpu,cpuacct 0 0
cgroup /sys/fs/cgroup/memory cgroup rw,nosuid,memory 0 0
cgroup2 /sys/fs/cgroup/unified cgroup2 rw,nsdelegate 0 0
`;

describe('the account of CPU time', () => {
  const check = (knownCpuSeconds: number, countedCpuSeconds: number) => () => {
    requireRight({ title: 'a pipeline', knownCpuSeconds, countedCpuSeconds });
  };

  test('is right when it is the known time and a little for the end of the process', () => {
    expect(check(0.4, 0.42)).not.toThrow();
  });

  test.each([
    ['misses one of two processes', 0.8, 0.4],
    ['counts a process twice', 0.4, 0.8],
    ['counts nothing', 0.4, 0],
  ])('fails the bench when it %s', (_, known, counted) => {
    expect(check(known, counted)).toThrow('the CPU account is wrong for a pipeline');
  });
});

describe('control groups', () => {
  test('are found in the list of mounts, with their controllers', () => {
    expect(parseMounts(MOUNTS).map(({ path, type }) => [path, type])).toEqual([
      ['/sys/fs/cgroup/cpu,cpuacct', 'cgroup'],
      ['/sys/fs/cgroup/memory', 'cgroup'],
      ['/sys/fs/cgroup/unified', 'cgroup2'],
    ]);
  });

  test('of version 1 are used only where every controller is mounted', () => {
    const mounts = parseMounts(MOUNTS);

    expect(cgroupsV1(mounts)?.version).toBe(1);
    expect(cgroupsV1(mounts.filter(({ path }) => !path.endsWith('memory')))).toBeUndefined();
  });

  test('tell a field by its whole name', () => {
    const text = 'oom_kill_disable 0\nunder_oom 0\noom_kill 3';

    expect(parseField(text, 'oom_kill')).toBe(3);
    expect(parseField(text, 'usage_usec')).toBe(0);
  });

  test('of a class have its memory in MiB and 1/1769 of a CPU for each MB', () => {
    expect(classLimits(512)).toEqual({ memoryBytes: 536_870_912, cpus: 512 / 1769 });
  });
});

describe('what a contender printed', () => {
  test('is the first word of each line', () => {
    expect(firstWords('a9  s3://b/k\n90  s3://b/k\n')).toEqual(['a9', '90']);
  });

  test('is, of curl, the sum of its ranges, all on one connection', () => {
    const drain = curl({});

    expect(drain.resultOf('20 1\n20 0\n5 0\n')).toEqual(['45']);
    expect(drain.resultOf('20 1\n20 1\n')).toEqual(['2 connections instead of one']);
  });

  test('is asked of curl in ranges that cover the object and no byte more', () => {
    const endpoint = { protocol: 'http', url: 'http://127.0.0.1:1', authority: undefined } as const;
    const object = { key: 'k', sizeBytes: 45, digests: {} };
    const { argv } = curl({}).command({ endpoint, object, algorithms: ['sha1'], rangeBytes: 20 });

    expect(argv.filter((_, index) => argv[index - 1] === '--range')).toEqual(['0-19', '20-39', '40-44']);
    expect(argv.filter((argument) => argument === '--next')).toHaveLength(2);
  });
});
