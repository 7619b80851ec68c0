import { join } from 'node:path';
import { statOf, workingSetBytes } from '../../core/memory-cgroups.js';
import { readText } from '../../read-text.js';

/** Where one control group is: one folder with version 2; one for each controller with version 1. */
export interface CgroupPlace {
  readonly version: 1 | 2;
  readonly memory: string;
  /** Where CPU time is counted. */
  readonly cpu: string;
}

/** What the processes in a control group have used. */
export interface CgroupUsage {
  /** Highest count so far, page cache included: what a limit is compared with. */
  readonly peakBytes: number;
  /** Now, page cache included. */
  readonly currentBytes: number;
  /** Now, without the page cache that was not used lately. */
  readonly workingSetBytes: number;
  readonly cpuSeconds: number;
  /** Processes that the kernel killed for want of memory. */
  readonly oomKills: number;
}

/** Reads it from the kernel; zeros where the group is not there. */
export function readCgroupUsage({ version, memory, cpu }: CgroupPlace): CgroupUsage {
  const number = (file: string) => Number(readText(join(memory, file)) ?? 0);
  const killsFile = version === 1 ? 'memory.oom_control' : 'memory.events';
  const group = { version, folder: memory, limitBytes: undefined };
  return {
    peakBytes: number(version === 1 ? 'memory.max_usage_in_bytes' : 'memory.peak'),
    currentBytes: number(version === 1 ? 'memory.usage_in_bytes' : 'memory.current'),
    workingSetBytes: workingSetBytes(readText, group) ?? 0,
    cpuSeconds:
      version === 1
        ? Number(readText(join(cpu, 'cpuacct.usage')) ?? 0) / 1e9
        : (statOf(readText(join(cpu, 'cpu.stat')), 'usage_usec') ?? 0) / 1e6,
    oomKills: statOf(readText(join(memory, killsFile)), 'oom_kill') ?? 0,
  };
}
