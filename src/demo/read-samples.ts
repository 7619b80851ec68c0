import { readLedger, type LedgerEntry } from '../worker/read-ledger.js';

interface Sample {
  readonly atMs: number;
  readonly bytesRead: number;
}

/** Follows a worker's read ledger, so that what it read in its last seconds is known after it was killed. */
export interface ReadSamples {
  /** The ledger as it stands. */
  read(): LedgerEntry;
  /** Bytes the ledger grew by in the `seconds` before its last growth was seen. */
  bytesInLast(seconds: number): number;
  /** Bytes read by all workers that have written to this ledger, one after another. */
  total(): number;
  dispose(): void;
}

const SAMPLE_INTERVAL_MS = 20;

export function sampleReads(ledgerFile: string): ReadSamples {
  const samples: Sample[] = [];
  /** Of workers before the one that writes now: each begins its count at zero. */
  let earlier = 0;
  const take = (): LedgerEntry => {
    const entry = readLedger(ledgerFile);
    const last = samples.at(-1)?.bytesRead ?? 0;
    if (entry.bytesRead < last) earlier += last;
    if (entry.bytesRead !== samples.at(-1)?.bytesRead)
      samples.push({ atMs: Date.now(), bytesRead: entry.bytesRead });
    return entry;
  };
  const timer = setInterval(take, SAMPLE_INTERVAL_MS);
  return {
    read: take,
    bytesInLast(seconds) {
      take();
      const last = samples.at(-1);
      if (last === undefined) return 0;
      const before = samples.findLast((sample) => sample.atMs <= last.atMs - seconds * 1_000);
      return last.bytesRead - (before?.bytesRead ?? 0);
    },
    total: () => {
      const { bytesRead } = take();
      return earlier + bytesRead;
    },
    dispose: () => {
      clearInterval(timer);
    },
  };
}
