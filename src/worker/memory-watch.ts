import { isMemoryHigh } from '../core/memory-limits.js';
import { findMemoryCgroups, workingSetBytes, type ReadText } from '../core/memory-cgroups.js';

/** What is used of what there is. */
export interface MemoryUse {
  readonly usedBytes: number;
  readonly limitBytes: number;
  /** What was counted: the folder of a control group, or `process`. */
  readonly counted: string;
}

/** Often enough to see memory fill up, at a cost of some 100 us. */
const WATCH_INTERVAL_MS = 500;

/**
 * How full the worker's memory is: the fullest of its control groups that have a limit, by working set; where none
 * has, the process's own memory against its class.
 */
export function measureMemory(read: ReadText, classBytes: number): MemoryUse {
  const uses = findMemoryCgroups(read).flatMap((group): MemoryUse[] => {
    const usedBytes = workingSetBytes(read, group);
    return group.limitBytes === undefined || usedBytes === undefined
      ? []
      : [{ usedBytes, limitBytes: group.limitBytes, counted: group.folder }];
  });
  const [fullest] = uses.sort((a, b) => usedPart(b) - usedPart(a));
  return fullest ?? { usedBytes: processBytes(read), limitBytes: classBytes, counted: 'process' };
}

export function usedPart({ usedBytes, limitBytes }: MemoryUse): number {
  return usedBytes / limitBytes;
}

/** Looks at the memory again and again, and tells when it gets too full for new work, and when that is over. */
export class MemoryWatch {
  #isHigh = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly measure: () => MemoryUse,
    private readonly onChange: (isHigh: boolean, use: MemoryUse) => void,
  ) {}

  get isHigh(): boolean {
    return this.#isHigh;
  }

  /** Looks now, and then twice a second until `stop`. Does not keep the process alive. */
  start(intervalMs = WATCH_INTERVAL_MS): void {
    this.look();
    this.#timer = setInterval(() => {
      this.look();
    }, intervalMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  look(): void {
    const use = this.measure();
    const isHigh = isMemoryHigh(usedPart(use), this.#isHigh);
    if (isHigh === this.#isHigh) return;
    this.#isHigh = isHigh;
    this.onChange(isHigh, use);
  }
}

/** Resident memory less what is mapped from files: the kernel can drop that, and a small class is half full with it. */
function processBytes(read: ReadText): number {
  const status = read('/proc/self/status');
  const kilobytes = ['RssAnon', 'RssShmem'].map((name) =>
    Number(new RegExp(`^${name}:\\s*(\\d+) kB$`, 'm').exec(status ?? '')?.[1] ?? Number.NaN),
  );
  const sum = kilobytes.reduce((total, value) => total + value, 0) * 1024;
  return Number.isNaN(sum) ? process.memoryUsage.rss() : sum;
}
