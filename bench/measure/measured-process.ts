import { readFileSync } from 'node:fs';
import { GuardedProcess } from '../../src/local/process/guarded-process.js';
import type { CgroupLimits, Cgroups } from './cgroup.js';
import type { Command } from './measure-command.js';

/** A process that goes on running, in a control group of its own. */
export interface MeasuredProcess {
  /** User and system time so far, of its descendants too. */
  cpuSeconds(): number;
  /** Peak of resident memory of the process itself. */
  peakRssBytes(): number;
  /** By the control group's count; only with limits. */
  cgroupPeakBytes(): number | undefined;
  /** How it ended, or was killed for its memory; undefined while all is well. */
  trouble(): string | undefined;
  stop(): Promise<void>;
}

/** Joins every group whose file is given, then becomes the command: one process, from its first instruction. */
const JOIN =
  'joins=$1; shift; while [ "$joins" -gt 0 ]; do echo $$ > "$1"; shift; joins=$((joins - 1)); done; exec "$@"';
const STOP_GRACE_MS = 15_000;

/** Starts a command inside a fresh control group. */
export function startMeasured(
  { argv, env }: Command,
  cgroups: Cgroups,
  logFile: string,
  limits?: CgroupLimits,
): MeasuredProcess {
  const cgroup = cgroups.create(limits);
  const started = new GuardedProcess({
    command: 'sh',
    args: ['-c', JOIN, 'sh', String(cgroup.joinFiles.length), ...cgroup.joinFiles, ...argv],
    env,
    logFile,
  });
  return {
    cpuSeconds: () => cgroup.cpuSeconds(),
    peakRssBytes: () => peakOf(started.pid),
    cgroupPeakBytes: () => cgroup.peakMemoryBytes(),
    trouble: () => {
      const ended = started.howItEnded();
      if (ended !== undefined) return `${ended}. Its log ends:\n${started.logTail()}`;
      return cgroup.oomKills() > 0 ? 'the kernel killed it at its memory limit' : undefined;
    },
    stop: async () => {
      await started.stop(STOP_GRACE_MS);
      await cgroup.remove();
    },
  };
}

/** The kernel's high-water mark. */
function peakOf(pid: number | undefined): number {
  if (pid === undefined) return 0;
  const kilobytes = /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${String(pid)}/status`, 'latin1'))?.[1];
  return Number(kilobytes ?? 0) * 1024;
}
