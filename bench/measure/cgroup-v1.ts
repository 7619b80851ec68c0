import { join } from 'node:path';
import { QUOTA_PERIOD_US, type Cgroup, type CgroupLimits, type Cgroups } from './cgroup.js';
import {
  makeGroupFolder,
  parseField,
  readText,
  removeGroupFolder,
  write,
  type CgroupMount,
} from './cgroup-files.js';

const CONTROLLERS = ['cpuacct', 'cpu', 'memory'] as const;
type Controller = (typeof CONTROLLERS)[number];

/** Version 1: a hierarchy for each controller, several of which may share a mount. Undefined where one is missing. */
export function cgroupsV1(mounts: readonly CgroupMount[]): Cgroups | undefined {
  const paths = Object.fromEntries(
    CONTROLLERS.flatMap((controller) => {
      const mount = mounts.find(({ type, options }) => type === 'cgroup' && options.includes(controller));
      return mount === undefined ? [] : [[controller, mount.path]];
    }),
  ) as Partial<Record<Controller, string>>;
  const { cpuacct, cpu, memory } = paths;
  if (cpuacct === undefined || cpu === undefined || memory === undefined) return undefined;
  const all = { cpuacct, cpu, memory };
  return { version: 1, create: (limits) => createGroup(all, limits) };
}

function createGroup(mounts: Readonly<Record<Controller, string>>, limits?: CgroupLimits): Cgroup {
  const parents = limits === undefined ? [mounts.cpuacct] : [...new Set(Object.values(mounts))];
  const folders = new Map(parents.map((parent) => [parent, makeGroupFolder(parent)]));
  const folderOf = (controller: Controller) => folders.get(mounts[controller]) ?? '';
  if (limits !== undefined) {
    write(limits.memoryBytes, folderOf('memory'), 'memory.limit_in_bytes');
    write(QUOTA_PERIOD_US, folderOf('cpu'), 'cpu.cfs_period_us');
    write(Math.round(limits.cpus * QUOTA_PERIOD_US), folderOf('cpu'), 'cpu.cfs_quota_us');
  }
  const hasMemory = limits !== undefined;
  return {
    joinFiles: [...folders.values()].map((folder) => join(folder, 'cgroup.procs')),
    cpuSeconds: () => Number(readText(folderOf('cpuacct'), 'cpuacct.usage')) / 1e9,
    peakMemoryBytes: () =>
      hasMemory ? Number(readText(folderOf('memory'), 'memory.max_usage_in_bytes')) : undefined,
    oomKills: () =>
      hasMemory ? parseField(readText(folderOf('memory'), 'memory.oom_control'), 'oom_kill') : 0,
    remove: async () => {
      for (const folder of folders.values()) await removeGroupFolder(folder);
    },
  };
}
