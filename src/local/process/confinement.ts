import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { MidstateError } from '../../core/failures.js';
import { readCgroupUsage, type CgroupUsage } from './cgroup-usage.js';

export interface ConfinementLimits {
  readonly memoryBytes: number;
  /** Part of one CPU; default: no quota. */
  readonly cpuShare?: number;
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

  usage(): CgroupUsage {
    const { version, memoryFolder: memory, folders } = this;
    return readCgroupUsage({ version, memory, cpu: folders[2] ?? memory });
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
}
