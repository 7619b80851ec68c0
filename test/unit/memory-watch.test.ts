import { describe, expect, test } from 'vitest';
import { measureMemory, MemoryWatch, usedPart, type MemoryUse } from '../../src/worker/memory-watch.js';

function use(usedBytes: number): MemoryUse {
  return { usedBytes, limitBytes: 100, countedIn: 'test' };
}

describe('the memory watch', () => {
  test('tells once when memory gets high, and once when there is room again', () => {
    const told: string[] = [];
    let used = 0;
    const watch = new MemoryWatch(
      100,
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

  const status =
    'VmHWM:\t   90000 kB\nRssAnon:\t   30000 kB\nRssFile:\t   50000 kB\nRssShmem:\t      10 kB\n';

  test('is looked for in the group with the least room', () => {
    const tree: Record<string, string> = {
      '/proc/self/cgroup': '0::/pod/worker\n',
      '/proc/self/mountinfo': mountinfo,
      '/proc/self/status': status,
      '/cg/pod/memory.max': '300000000\n',
      '/cg/pod/memory.current': '290000000\n',
      '/cg/pod/memory.stat': 'inactive_file 5000000\n',
      '/cg/pod/worker/memory.max': '128000000\n',
      '/cg/pod/worker/memory.current': '60000000\n',
      '/cg/pod/worker/memory.stat': 'inactive_file 0\n',
    };

    const found = measureMemory((path) => tree[path], 128e6);

    expect(found).toEqual({ usedBytes: 285e6, limitBytes: 300e6, countedIn: '/cg/pod' });
    expect(usedPart(found, 128e6)).toBeCloseTo(1 - 15 / 128);
  });

  test.each(['max', '8000000000'])(
    "is the process's own, less mapped files, where its group has the limit %s",
    (limit) => {
      const tree: Record<string, string> = {
        '/proc/self/cgroup': '0::/worker\n',
        '/proc/self/mountinfo': mountinfo,
        '/cg/worker/memory.max': `${limit}\n`,
        '/cg/worker/memory.current': '4000000000\n',
        '/proc/self/status': status,
      };

      const found = measureMemory((path) => tree[path], 128e6);

      expect(found).toEqual({ usedBytes: 30_010 * 1_024, limitBytes: 128e6, countedIn: 'process' });
      expect(usedPart(found, 128e6)).toBeCloseTo((30_010 * 1_024) / 128e6);
    },
  );

  test('is resident memory where the system tells no more', () => {
    expect(measureMemory(() => undefined, 1).usedBytes).toBeGreaterThan(10e6);
  });
});
