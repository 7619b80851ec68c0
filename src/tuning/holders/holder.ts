import type { MemoryClassMB } from '../../core/memory-classes.js';

/** Ways to hold a process to a memory limit and a part of a CPU, in the order in which they are tried. */
export const HOLDER_NAMES = ['cgroup', 'systemd-run', 'docker'] as const;

export type HolderName = (typeof HOLDER_NAMES)[number];

/** As docker-compose.yml builds it. */
export const DEFAULT_DOCKER_IMAGE = 'midstate:local';

export interface Command {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** What the processes in limits have used. */
export interface LimitsUsage {
  /** Undefined where nothing counts it. */
  readonly cpuSeconds: number | undefined;
  /** Highest count, page cache included: what the limit is compared with. */
  readonly peakBytes: number;
}

/** What holds one process to its class, and counts what it uses. */
export interface ClassLimits {
  /** The command so that it runs in here from its first instruction on; its environment stays its own. */
  wrap(command: Command): Command;
  /** Begins the peak anew; where that cannot be, it is that of the limits' life. */
  resetPeak(): Promise<void>;
  /** Undefined where nothing counts, or nothing runs in here yet. */
  usage(): Promise<LimitsUsage | undefined>;
  /**
   * Whether the process ended for want of memory; asked once it has ended.
   * @param signal that it ended by, unless this process sent it
   */
  wasKilled(signal: string | undefined): Promise<boolean>;
  /** Takes them away, with what still runs in here. */
  remove(): Promise<void>;
}

/** One way to hold processes. */
export interface Holder {
  readonly name: HolderName | 'none';
  /** Why it cannot be used here, as the end of a sentence; undefined where it can. */
  whyNot(): Promise<string | undefined>;
  /** Whether programs of this machine run in it; else only midstate itself does. */
  readonly runsAnyProgram: boolean;
  /**
   * Limits with the memory and the CPU share of the class.
   * @param name unique among those that are there; one that a killed run left behind is used again
   */
  hold(name: string, memoryMB: MemoryClassMB): Promise<ClassLimits>;
}
