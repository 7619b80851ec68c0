import { mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { ReadMeter } from '../core/ports.js';
import { peakRssBytes } from './peak-memory.js';

/** What a worker has read and used so far, as its ledger tells it. */
export interface LedgerEntry {
  readonly bytesRead: number;
  readonly peakRssBytes: number;
}

/** The peak of memory is taken again once so many bytes have been read. */
const MEMORY_STEP_BYTES = 1_000_000;

/**
 * A meter that keeps its count in a file: two little-endian doubles, bytes read and peak resident memory. Written at
 * each piece of a body (some 25 us a MB), so that it is exact and outlives a SIGKILL: the kernel keeps the page. A worker started on
 * the same file begins at zero.
 */
export function createReadLedger(file: string): ReadMeter {
  mkdirSync(dirname(file), { recursive: true });
  const descriptor = openSync(file, 'w');
  const entry = Buffer.alloc(16);
  let bytesRead = 0;
  let memoryTakenAt = -MEMORY_STEP_BYTES;
  return {
    add(byteCount) {
      bytesRead += byteCount;
      entry.writeDoubleLE(bytesRead, 0);
      if (bytesRead - memoryTakenAt >= MEMORY_STEP_BYTES) {
        memoryTakenAt = bytesRead;
        entry.writeDoubleLE(peakRssBytes(), 8);
      }
      writeSync(descriptor, entry, 0, entry.length, 0);
    },
  };
}

/** Reads a ledger; zeros while nothing has been read. */
export function readLedger(file: string): LedgerEntry {
  try {
    const entry = readFileSync(file);
    if (entry.length < 16) return { bytesRead: 0, peakRssBytes: 0 };
    return { bytesRead: entry.readDoubleLE(0), peakRssBytes: entry.readDoubleLE(8) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { bytesRead: 0, peakRssBytes: 0 };
    throw error;
  }
}

/** A meter that counts nothing. */
export const NO_METER: ReadMeter = { add: () => undefined };
