import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { QUOTA_PERIOD_US, type Cgroup, type CgroupLimits, type Cgroups } from './cgroup.js';
import {
  makeGroupFolder,
  parseField,
  readText,
  removeGroupFolder,
  write,
  type CgroupMount,
} from './cgroup-files.js';

/**
 * Version 2: one hierarchy. A group may have limited children only while no process is in it itself, so this process's
 * own group is tried first, then its parents up to the root.
 */
export function cgroupsV2(mounts: readonly CgroupMount[]): Cgroups | undefined {
  const mount = mounts.find(({ type }) => type === 'cgroup2');
  if (mount === undefined) return undefined;
  const own = /^0::(.*)$/m.exec(readText('/proc/self/cgroup'))?.[1] ?? '/';
  const parent = ancestors(join(mount.path, own), mount.path).find(takesControllers);
  return parent === undefined ? undefined : { version: 2, create: (limits) => createGroup(parent, limits) };
}

function ancestors(folder: string, top: string): string[] {
  const found = [folder];
  for (let path = folder; path !== top && path.startsWith(top);) {
    path = dirname(path);
    found.push(path);
  }
  return found.filter((path) => existsSync(path));
}

function takesControllers(folder: string): boolean {
  try {
    write('+memory +cpu', folder, 'cgroup.subtree_control');
    return true;
  } catch {
    return false;
  }
}

function createGroup(parent: string, limits?: CgroupLimits): Cgroup {
  const folder = makeGroupFolder(parent);
  if (limits !== undefined) {
    write(limits.memoryBytes, folder, 'memory.max');
    write(
      `${String(Math.round(limits.cpus * QUOTA_PERIOD_US))} ${String(QUOTA_PERIOD_US)}`,
      folder,
      'cpu.max',
    );
  }
  return {
    joinFiles: [join(folder, 'cgroup.procs')],
    cpuSeconds: () => parseField(readText(folder, 'cpu.stat'), 'usage_usec') / 1e6,
    // Since Linux 5.19.
    peakMemoryBytes: () =>
      existsSync(join(folder, 'memory.peak')) ? Number(readText(folder, 'memory.peak')) : undefined,
    oomKills: () => parseField(readText(folder, 'memory.events'), 'oom_kill'),
    remove: () => removeGroupFolder(folder),
  };
}
