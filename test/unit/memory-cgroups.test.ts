import { describe, expect, test } from 'vitest';
import { findMemoryCgroups, tightestLimitBytes, workingSetBytes } from '../../src/core/memory-cgroups.js';

type Tree = Readonly<Record<string, string>>;

const MB = 1_000_000;
/** What version 1 writes for no limit. */
const NONE_V1 = '9223372036854771712\n';

const V1_MOUNTS = [
  '31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755',
  '32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct',
  '35 31 0:32 / /sys/fs/cgroup/memory rw,relatime shared:12 - cgroup cgroup rw,memory',
].join('\n');

const V2_MOUNT = '30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup rw';

function v1Group(folder: string, limit: string, usage = 0, inactive = 0): Tree {
  return {
    [`/sys/fs/cgroup/memory${folder}/memory.limit_in_bytes`]: limit,
    [`/sys/fs/cgroup/memory${folder}/memory.usage_in_bytes`]: `${String(usage)}\n`,
    [`/sys/fs/cgroup/memory${folder}/memory.stat`]: `cache 1\ninactive_file 7\ntotal_inactive_file ${String(inactive)}\n`,
  };
}

function v2Group(folder: string, limit: string, usage = 0, inactive = 0): Tree {
  return {
    [`/sys/fs/cgroup${folder}/memory.max`]: limit,
    [`/sys/fs/cgroup${folder}/memory.current`]: `${String(usage)}\n`,
    [`/sys/fs/cgroup${folder}/memory.stat`]: `anon 5\ninactive_file ${String(inactive)}\nactive_file 3\n`,
  };
}

function readFrom(tree: Tree) {
  return (path: string): string | undefined => tree[path];
}

function limitOf(tree: Tree): number | undefined {
  return tightestLimitBytes(findMemoryCgroups(readFrom(tree)));
}

describe('the memory limit', () => {
  test.each([
    {
      what: 'version 1',
      tree: {
        '/proc/self/cgroup': '5:memory:/worker\n4:cpu,cpuacct:/worker\n',
        '/proc/self/mountinfo': V1_MOUNTS,
        ...v1Group('', NONE_V1),
        ...v1Group('/worker', '134217728\n'),
      },
      limit: 134_217_728,
    },
    {
      what: 'version 2',
      tree: {
        '/proc/self/cgroup': '0::/system.slice/worker.service\n',
        '/proc/self/mountinfo': V2_MOUNT,
        ...v2Group('/system.slice', 'max\n'),
        ...v2Group('/system.slice/worker.service', '268435456\n'),
      },
      limit: 268_435_456,
    },
    {
      what: 'version 2 when a group around it is tighter',
      tree: {
        '/proc/self/cgroup': '0::/pod/container\n',
        '/proc/self/mountinfo': V2_MOUNT,
        ...v2Group('/pod', '200000000\n'),
        ...v2Group('/pod/container', '512000000\n'),
      },
      limit: 200 * MB,
    },
    {
      what: 'version 1 when only a group around it has one',
      tree: {
        '/proc/self/cgroup': '4:memory:/pod/a/b\n',
        '/proc/self/mountinfo': V1_MOUNTS,
        ...v1Group('', NONE_V1),
        ...v1Group('/pod', '300000000\n'),
        ...v1Group('/pod/a', NONE_V1),
        ...v1Group('/pod/a/b', NONE_V1),
      },
      limit: 300 * MB,
    },
    {
      what: 'a container of version 1 that sees only its own group, under the path it has outside',
      tree: {
        '/proc/self/cgroup': '5:memory:/docker/abc\n',
        '/proc/self/mountinfo':
          '35 31 0:32 /docker/abc /sys/fs/cgroup/memory ro,relatime - cgroup cgroup rw,memory',
        ...v1Group('', '128000000\n'),
      },
      limit: 128 * MB,
    },
    {
      what: 'a container of version 2 with a namespace of its own',
      tree: {
        '/proc/self/cgroup': '0::/\n',
        '/proc/self/mountinfo': V2_MOUNT,
        ...v2Group('', '128000000\n'),
      },
      limit: 128 * MB,
    },
    {
      what: 'a process that was moved out of the namespace it sees',
      tree: {
        '/proc/self/cgroup': '0::/../sibling\n',
        '/proc/self/mountinfo': V2_MOUNT,
        ...v2Group('', '128000000\n'),
      },
      limit: 128 * MB,
    },
    {
      what: 'both versions at once, of which version 1 counts memory',
      tree: {
        '/proc/self/cgroup': '4:memory:/worker\n1:cpu:/\n0::/unified-path\n',
        '/proc/self/mountinfo': `${V1_MOUNTS}\n41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw`,
        ...v1Group('/worker', '128000000\n'),
      },
      limit: 128 * MB,
    },
    {
      what: 'both versions at once, of which version 2 counts memory',
      tree: {
        '/proc/self/cgroup': '3:net_cls:/\n0::/worker\n',
        '/proc/self/mountinfo': V2_MOUNT,
        ...v2Group('/worker', '128000000\n'),
      },
      limit: 128 * MB,
    },
    {
      what: 'a mount with a blank in its name',
      tree: {
        '/proc/self/cgroup': '0::/w\n',
        '/proc/self/mountinfo': '30 23 0:26 / /mnt/my\\040groups rw - cgroup2 cgroup rw',
        '/mnt/my groups/w/memory.max': '128000000\n',
      },
      limit: 128 * MB,
    },
  ])('is found in $what', ({ tree, limit }) => {
    expect(limitOf(tree)).toBe(limit);
  });

  test.each([
    { what: 'there is no /proc', tree: {} },
    {
      what: 'version 2 has no memory controller',
      tree: { '/proc/self/cgroup': '0::/w\n', '/proc/self/mountinfo': V2_MOUNT },
    },
    {
      what: 'no group has one',
      tree: {
        '/proc/self/cgroup': '0::/w\n',
        '/proc/self/mountinfo': V2_MOUNT,
        ...v2Group('/w', 'max\n'),
      },
    },
    {
      what: 'the files hold something else',
      tree: {
        '/proc/self/cgroup': 'nonsense\n\n::\n',
        '/proc/self/mountinfo': 'nonsense\n - \n',
      },
    },
  ])('is none where $what', ({ tree }) => {
    expect(limitOf(tree)).toBeUndefined();
  });
});

describe('the working set', () => {
  test('of version 1 is what is used, with the groups inside, less the cache that was not used lately', () => {
    const group = { version: 1, folder: '/sys/fs/cgroup/memory/w', limitBytes: undefined } as const;

    expect(workingSetBytes(readFrom(v1Group('/w', NONE_V1, 100, 30)), group)).toBe(70);
  });

  test('of version 2 is the same', () => {
    const group = { version: 2, folder: '/sys/fs/cgroup/w', limitBytes: undefined } as const;

    expect(workingSetBytes(readFrom(v2Group('/w', 'max', 100, 30)), group)).toBe(70);
  });

  test('of a group that is gone is not known', () => {
    const group = { version: 2, folder: '/gone', limitBytes: undefined } as const;

    expect(workingSetBytes(readFrom({}), group)).toBeUndefined();
  });
});
