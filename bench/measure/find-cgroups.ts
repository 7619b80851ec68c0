import { existsSync, readFileSync } from 'node:fs';
import type { CgroupAccess } from './cgroup.js';
import { parseMounts } from './cgroup-files.js';
import { cgroupsV1 } from './cgroup-v1.js';
import { cgroupsV2 } from './cgroup-v2.js';
import { classLimits } from './cgroup.js';

/** Finds control groups and proves that this process may make one with limits: makes one and removes it. */
export async function findCgroups(): Promise<CgroupAccess> {
  if (!existsSync('/proc/mounts')) return { version: undefined, reason: 'this system has no control groups' };
  const mounts = parseMounts(readFileSync('/proc/mounts', 'utf8'));
  try {
    const cgroups = cgroupsV1(mounts) ?? cgroupsV2(mounts);
    if (cgroups === undefined)
      return { version: undefined, reason: 'no control group hierarchy that this user may divide' };
    await cgroups.create(classLimits(128)).remove();
    return cgroups;
  } catch (error) {
    return {
      version: undefined,
      reason: `a control group cannot be made: ${error instanceof Error ? error.message : String(error)}`,
    };
  }
}
