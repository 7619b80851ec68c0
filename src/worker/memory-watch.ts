import { isMemoryHigh } from '../core/memory-limits.js';
import {
  findMemoryCgroups,
  workingSetBytes,
  type MemoryCgroup,
  type ReadText,
} from '../core/memory-cgroups.js';

/** What is used of what there is. */
export interface MemoryUse {
  readonly usedBytes: number;
  readonly limitBytes: number;
  /** Where that was counted: the folder of a control group, or `process`. */
  readonly countedIn: string;
}

/** Often enough to see memory fill up, at a cost of some 100 us. */
const WATCH_INTERVAL_MS = 500;

/**
 * Where memory is scarcest for a worker of `classBytes`: in its control groups that have a limit, by working set, or in
 * the class itself, by the process's own memory.
 *
 * @param groups found once by whoever looks often: finding them costs more than looking
 */
export function measureMemory(
  read: ReadText,
  classBytes: number,
  groups: readonly MemoryCgroup[] = findMemoryCgroups(read),
): MemoryUse {
  const uses: MemoryUse[] = groups.flatMap((group) => {
    const { limitBytes, folder } = group;
    if (limitBytes === undefined) return [];
    const usedBytes = workingSetBytes(read, group);
    return usedBytes === undefined ? [] : [{ usedBytes, limitBytes, countedIn: folder }];
  });
  uses.push({ usedBytes: processBytes(read), limitBytes: classBytes, countedIn: 'process' });
  return uses.reduce((scarcest, use) => (leftBytes(use) < leftBytes(scarcest) ? use : scarcest));
}

/**
 * The part of the class's memory that is used, 1 when nothing is left. In a group that is larger than the class, and
 * may hold other processes, what counts is the room that is left for the worker.
 */
export function usedPart(use: MemoryUse, classBytes: number): number {
  return 1 - leftBytes(use) / classBytes;
}

function leftBytes({ usedBytes, limitBytes }: MemoryUse): number {
  return limitBytes - usedBytes;
}

/** Looks at the memory again and again, and tells when it gets too full for new work, and when that is over. */
export class MemoryWatch {
  #isHigh = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly classBytes: number,
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
    const isHigh = isMemoryHigh(usedPart(use, this.classBytes), this.#isHigh);
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
