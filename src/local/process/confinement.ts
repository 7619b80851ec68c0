import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { MidstateError } from '../../core/failures.js';
import { statOf, workingSetBytes } from '../../core/memory-cgroups.js';
import { readText } from '../../read-text.js';

export interface ConfinementLimits {
  readonly memoryBytes: number;
  /** Part of one CPU; default: no quota. */
  readonly cpuShare?: number;
}

/** What the processes in a confinement have used. */
export interface ConfinementUsage {
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

const CPU_PERIOD_US = 100_000;

/**
 * A control group with a memory limit and a CPU quota, to run a worker as its container would: cgroup version 1 or 2,
 * whichever counts memory here. Needs root, or a delegated tree.
 */
export class Confinement {
  private constructor(
    private readonly version: 1 | 2,
    /** One folder with version 2; one for each controller with version 1, memory first. */
    private readonly folders: readonly string[],
  ) {}

  /**
   * @param name unique among those that run
   * @param root where the control groups are mounted
   * @throws MidstateError AccessDenied where this process may not make one
   */
  static create(name: string, limits: ConfinementLimits, root = '/sys/fs/cgroup'): Confinement {
    const isVersion1 = existsSync(join(root, 'memory', 'memory.limit_in_bytes'));
    const folders = isVersion1
      ? ['memory', 'cpu', 'cpuacct'].map((controller) => join(root, controller, name))
      : [join(root, name)];
    const confinement = new Confinement(isVersion1 ? 1 : 2, folders);
    try {
      if (!isVersion1) writeFileSync(join(root, 'cgroup.subtree_control'), '+memory +cpu');
      for (const folder of folders) mkdirSync(folder, { recursive: true });
      confinement.#limit(limits);
    } catch (cause) {
      throw new MidstateError('AccessDenied', 'confine: control groups cannot be made here; it takes root', {
        facts: { folder: folders[0], actual: cause instanceof Error ? cause.message : String(cause) },
        cause,
      });
    }
    return confinement;
  }

  /** Whether this process may make control groups that count memory. */
  static async isPossible(root?: string): Promise<boolean> {
    try {
      const trial = Confinement.create(
        `midstate-trial-${String(process.pid)}`,
        { memoryBytes: 1_000_000_000 },
        root,
      );
      await trial.remove();
      return true;
    } catch {
      return false;
    }
  }

  /** Where its memory is counted. */
  get memoryFolder(): string {
    return this.folders[0] ?? '';
  }

  /** Words to put before a command, so that it runs in here from its first instruction on; the process id stays its own. */
  get prefix(): string[] {
    const joins = this.folders.map((folder) => `echo $$ > '${join(folder, 'cgroup.procs')}'`);
    return ['/bin/sh', '-c', `${joins.join(' && ')} && exec "$@"`, 'confined'];
  }

  /** Moves a running process in; what it has used already stays counted where it was. */
  add(pid: number): void {
    for (const folder of this.folders) writeFileSync(join(folder, 'cgroup.procs'), String(pid));
  }

  usage(): ConfinementUsage {
    const { version, memoryFolder } = this;
    const number = (file: string) => Number(readText(join(memoryFolder, file)) ?? 0);
    const killsFile = version === 1 ? 'memory.oom_control' : 'memory.events';
    const group = { version, folder: memoryFolder, limitBytes: undefined };
    return {
      peakBytes: number(version === 1 ? 'memory.max_usage_in_bytes' : 'memory.peak'),
      currentBytes: number(version === 1 ? 'memory.usage_in_bytes' : 'memory.current'),
      workingSetBytes: workingSetBytes(readText, group) ?? 0,
      cpuSeconds: this.#cpuSeconds(),
      oomKills: statOf(readText(join(memoryFolder, killsFile)), 'oom_kill') ?? 0,
    };
  }

  /** Begins the peak anew, where the kernel lets it (version 1; version 2 from Linux 6.12). */
  resetPeak(): void {
    const file = this.version === 1 ? 'memory.max_usage_in_bytes' : 'memory.peak';
    writeFileSync(join(this.memoryFolder, file), '0');
  }

  /** Takes the group away once its processes have ended; gives up after 5 s. */
  async remove(): Promise<void> {
    for (let tries = 0; tries < 100; tries++) {
      try {
        for (const folder of this.folders) if (existsSync(folder)) rmdirSync(folder);
        return;
      } catch {
        await delay(50); // the kernel takes a moment to let go of an ended process
      }
    }
    throw new MidstateError('InvalidInput', 'confine: the group still holds processes; end them first', {
      facts: { folder: this.memoryFolder },
    });
  }

  /** Holds the group to a part of one CPU from now on. */
  limitCpu(cpuShare: number): void {
    const [memory = '', cpu = memory] = this.folders;
    const quotaUs = Math.round(cpuShare * CPU_PERIOD_US);
    if (this.version === 2) {
      writeFileSync(join(memory, 'cpu.max'), `${String(quotaUs)} ${String(CPU_PERIOD_US)}`);
      return;
    }
    writeFileSync(join(cpu, 'cpu.cfs_period_us'), String(CPU_PERIOD_US));
    writeFileSync(join(cpu, 'cpu.cfs_quota_us'), String(quotaUs));
  }

  #limit({ memoryBytes, cpuShare }: ConfinementLimits): void {
    const { version, memoryFolder } = this;
    const limit = version === 1 ? 'memory.limit_in_bytes' : 'memory.max';
    writeFileSync(join(memoryFolder, limit), String(memoryBytes));
    if (version === 2) writeFileSync(join(memoryFolder, 'memory.swap.max'), '0');
    if (cpuShare !== undefined) this.limitCpu(cpuShare);
  }

  #cpuSeconds(): number {
    if (this.version === 2) {
      return (statOf(readText(join(this.memoryFolder, 'cpu.stat')), 'usage_usec') ?? 0) / 1e6;
    }
    return Number(readText(join(this.folders[2] ?? '', 'cpuacct.usage')) ?? 0) / 1e9;
  }
}
