import { randomUUID } from 'node:crypto';
import { Confinement } from '../../src/local/process/confinement.js';
import { residentBytesOf } from './process-figures.js';

export interface MemoryLimit {
  /** Words to put before the command. */
  readonly prefix: readonly string[];
  /** Begins to watch. */
  start(pid: number, onExceeded: () => void): void;
  /** Highest use so far. */
  peakBytes(): number;
  /** True when the process was ended for want of memory. */
  wasExceeded(): boolean;
  close(): Promise<void>;
}

export interface Limits {
  readonly memoryBytes: number;
  /** Part of one CPU; undefined: as many as there are. */
  readonly cpuShare?: number | undefined;
}

/** The kernel holds the process to its memory where control groups can be made; else it is looked at ten times a second. */
export async function createMemoryLimit(limits: Limits): Promise<MemoryLimit> {
  return (await Confinement.isPossible()) ? byKernel(limits) : byLooking(limits);
}

function byKernel({ memoryBytes, cpuShare }: Limits): MemoryLimit {
  const group = Confinement.create(`midstate-lambda-${randomUUID()}`, {
    memoryBytes,
    ...(cpuShare === undefined ? {} : { cpuShare }),
  });
  return {
    prefix: group.prefix,
    start: () => undefined,
    peakBytes: () => group.usage().peakBytes,
    wasExceeded: () => group.usage().oomKills > 0,
    close: () => group.remove(),
  };
}

const LOOK_INTERVAL_MS = 100;

function byLooking({ memoryBytes }: Limits): MemoryLimit {
  let timer: NodeJS.Timeout | undefined;
  let peak = 0;
  return {
    prefix: [],
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
