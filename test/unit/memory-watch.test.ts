import { describe, expect, test } from 'vitest';
import { measureMemory, MemoryWatch, type MemoryUse } from '../../src/worker/memory-watch.js';

function use(usedBytes: number): MemoryUse {
  return { usedBytes, limitBytes: 100, counted: 'test' };
}

describe('the memory watch', () => {
  test('tells once when memory gets high, and once when there is room again', () => {
    const told: string[] = [];
    let used = 0;
    const watch = new MemoryWatch(
      () => use(used),
      (isHigh, { usedBytes }) => told.push(`${String(usedBytes)} ${String(isHigh)}`),
    );

    const seen = [50, 86, 90, 80, 76, 74, 85, 86].map((next) => {
      used = next;
      watch.look();
      return watch.isHigh;
    });

    expect(told).toEqual(['86 true', '74 false', '86 true']);
    expect(seen).toEqual([false, true, true, true, true, false, false, true]);
  });
});

describe('memory in use', () => {
  const mountinfo = '30 23 0:26 / /cg rw - cgroup2 cgroup rw';

  test('is that of the fullest group with a limit', () => {
    const tree: Record<string, string> = {
      '/proc/self/cgroup': '0::/pod/worker\n',
      '/proc/self/mountinfo': mountinfo,
      '/cg/pod/memory.max': '1000\n',
      '/cg/pod/memory.current': '900\n',
      '/cg/pod/memory.stat': 'inactive_file 100\n',
      '/cg/pod/worker/memory.max': '500\n',
      '/cg/pod/worker/memory.current': '300\n',
      '/cg/pod/worker/memory.stat': 'inactive_file 0\n',
    };

    expect(measureMemory((path) => tree[path], 512)).toEqual({
      usedBytes: 800,
      limitBytes: 1_000,
      counted: '/cg/pod',
    });
  });

  test("is the process's own, less mapped files, where no group has a limit", () => {
    const tree: Record<string, string> = {
      '/proc/self/cgroup': '0::/worker\n',
      '/proc/self/mountinfo': mountinfo,
      '/cg/worker/memory.max': 'max\n',
      '/cg/worker/memory.current': '300\n',
      '/proc/self/status':
        'VmHWM:\t   90000 kB\nRssAnon:\t   30000 kB\nRssFile:\t   50000 kB\nRssShmem:\t      10 kB\n',
    };

    expect(measureMemory((path) => tree[path], 128e6)).toEqual({
      usedBytes: 30_010 * 1_024,
      limitBytes: 128e6,
      counted: 'process',
    });
  });

  test('is resident memory where the system tells no more', () => {
    expect(measureMemory(() => undefined, 1).usedBytes).toBeGreaterThan(10e6);
  });
});
