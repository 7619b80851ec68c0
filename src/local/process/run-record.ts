import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { MidstateError } from '../../core/failures.js';
import type { Report } from '../local-environment.js';
import { tryLock } from './process-lock.js';
import { isRunning, type ProcessRef } from './process-identity.js';

export interface RecordedProcess extends ProcessRef {
  readonly name: string;
}

const TERM_GRACE_MS = 10_000;

/**
 * The claim of one process on a data folder, and the list of what runs for it (`run.json`), so that the next start can
 * end what a killed one left behind.
 */
export interface RunRecord {
  write(processes: readonly RecordedProcess[]): void;
  release(): Promise<void>;
}

/**
 * Claims the data folder, and ends recorded processes of a dead claimant: only those that are verifiably the same.
 * @throws MidstateError InvalidInput while another live process has the folder
 */
export async function claimDataDir(dataDir: string, report: Report): Promise<RunRecord> {
  const lock = await tryLock(join(dataDir, 'run.lock'));
  if (lock.outcome === 'busy') {
    throw new MidstateError(
      'InvalidInput',
      'local stack: it already runs on this data folder; stop that process first, or use another folder',
      { facts: { dataDir, pid: lock.holder.pid } },
    );
  }
  const file = join(dataDir, 'run.json');
  let isReleased = false;
  const release = async (): Promise<void> => {
    if (isReleased) return;
    isReleased = true;
    rmSync(file, { force: true });
    await lock.release();
  };
  await Promise.all(readRecord(file).map((stale) => endStale(stale, report)));
  return {
    release,
    write: (processes) => {
      writeRecord(file, processes);
    },
  };
}

async function endStale(stale: RecordedProcess, report: Report): Promise<void> {
  if (!isRunning(stale)) return;
  report(
    `local stack: ending ${stale.name} (pid ${String(stale.pid)}), left over from a run that was killed`,
  );
  trySignal(stale, 'SIGTERM');
  const deadline = Date.now() + TERM_GRACE_MS;
  while (isRunning(stale)) {
    const overdueMs = Date.now() - deadline;
    if (overdueMs > 0) trySignal(stale, 'SIGKILL');
    if (overdueMs > TERM_GRACE_MS) throw unending(stale);
    await delay(50);
  }
}

function unending({ name, pid }: RecordedProcess): MidstateError {
  return new MidstateError(
    'InvalidInput',
    'local stack: a server left over from an earlier run does not end, not even by SIGKILL; restart the machine',
    { facts: { name, pid } },
  );
}

function trySignal(target: ProcessRef, signal: NodeJS.Signals): void {
  try {
    if (isRunning(target)) process.kill(target.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // it ended by itself meanwhile
  }
}

function writeRecord(file: string, processes: readonly RecordedProcess[]): void {
  const draft = `${file}.draft`;
  writeFileSync(draft, `${JSON.stringify({ processes }, undefined, 2)}\n`);
  renameSync(draft, file);
}

/** What cannot be read lists nothing: the file is only ever replaced whole, by this module. */
function readRecord(file: string): RecordedProcess[] {
  let record: unknown;
  try {
    record = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return [];
  }
  const processes: unknown = (record as { processes?: unknown } | null)?.processes;
  return Array.isArray(processes) ? processes.filter(isRecordedProcess) : [];
}

function isRecordedProcess(value: unknown): value is RecordedProcess {
  const { name, pid, identity } = (value ?? {}) as Record<string, unknown>;
  return typeof name === 'string' && Number.isInteger(pid) && typeof identity === 'string';
}
