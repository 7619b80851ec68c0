import { randomUUID } from 'node:crypto';
import { Confinement } from '../../src/local/process/confinement.js';
import { residentBytesOf } from './process-figures.js';

/** What holds a function's process to what Lambda gives it. */
export interface ProcessLimits {
  /** Words to put before the command. */
  readonly prefix: readonly string[];
  /** From now on the process has its part of a CPU: Lambda gives a whole one while a function gets ready. */
  limitCpu(): void;
  /** Begins to watch. */
  start(pid: number, onExceeded: () => void): void;
  /** Highest use so far. */
  peakBytes(): number;
  /** True when the process was ended for want of memory. */
  wasExceeded(): boolean;
  close(): Promise<void>;
}

export interface LimitsOfFunction {
  readonly memoryBytes: number;
  /** Part of one CPU; undefined: as many as there are. */
  readonly cpuShare?: number | undefined;
}

/** The kernel holds the process to its memory where control groups can be made; else it is looked at ten times a second. */
export async function limitProcess(limits: LimitsOfFunction): Promise<ProcessLimits> {
  return (await Confinement.isPossible()) ? byKernel(limits) : byLooking(limits);
}

function byKernel({ memoryBytes, cpuShare }: LimitsOfFunction): ProcessLimits {
  const group = Confinement.create(`midstate-lambda-${randomUUID()}`, { memoryBytes });
  return {
    prefix: group.prefix,
    limitCpu: () => {
      if (cpuShare !== undefined) group.limitCpu(cpuShare);
    },
    start: () => undefined,
    peakBytes: () => group.usage().peakBytes,
    wasExceeded: () => group.usage().oomKills > 0,
    close: () => group.remove(),
  };
}

const LOOK_INTERVAL_MS = 100;

function byLooking({ memoryBytes }: LimitsOfFunction): ProcessLimits {
  let timer: NodeJS.Timeout | undefined;
  let peak = 0;
  return {
    prefix: [],
    limitCpu: () => undefined,
    start: (pid, onExceeded) => {
      timer = setInterval(() => {
        peak = Math.max(peak, residentBytesOf(pid) ?? 0);
        if (peak > memoryBytes) onExceeded();
      }, LOOK_INTERVAL_MS).unref();
    },
    peakBytes: () => peak,
    wasExceeded: () => peak > memoryBytes,
    close: () => {
      clearInterval(timer);
      return Promise.resolve();
    },
  };
}
