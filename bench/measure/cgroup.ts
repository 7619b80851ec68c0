/** What a group of processes may use. */
export interface CgroupLimits {
  readonly memoryBytes: number;
  /** CPUs' worth of time, e.g. 0.072. */
  readonly cpus: number;
}

/** A fresh control group: the kernel's own account of every process that joins it, and of all their descendants. */
export interface Cgroup {
  /** A process joins by writing its id into each of these. */
  readonly joinFiles: readonly string[];
  /** User and system time since the group was made, of processes that ended too. */
  cpuSeconds(): number;
  /** Most memory ever charged: anonymous memory, page cache, kernel memory. Undefined where the kernel keeps no peak. */
  peakMemoryBytes(): number | undefined;
  /** Processes killed because the group's memory limit was reached. */
  oomKills(): number;
  /** Ends what still runs in it, and removes it. */
  remove(): Promise<void>;
}

/** The control groups this process may make. */
export interface Cgroups {
  readonly version: 1 | 2;
  /** Makes a group, without limits or with both. Without limits it accounts CPU time only. */
  create(limits?: CgroupLimits): Cgroup;
}

/** Control groups, or a word on why there are none here. */
export type CgroupAccess = Cgroups | { readonly version: undefined; readonly reason: string };

/** Length of the period that the CPU quota is given for; the kernel's default. */
export const QUOTA_PERIOD_US = 100_000;

/** The CPU time of a memory class, as AWS Lambda gives it. */
export function classLimits(memoryMB: number): CgroupLimits {
  return { memoryBytes: memoryMB * 2 ** 20, cpus: memoryMB / 1769 };
}
