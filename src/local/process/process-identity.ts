import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Names one process beyond the reuse of its pid. */
export interface ProcessRef {
  readonly pid: number;
  /** When it started, as the kernel tells it (Linux: boot id and start tick; elsewhere: `ps`). */
  readonly identity: string;
}

/** The identity of a running process; undefined where there is no such process, or only a zombie is left. */
export function processIdentity(pid: number): string | undefined {
  return process.platform === 'linux' ? linuxIdentity(pid) : psIdentity(pid);
}

/** True only while the very process runs that `ref` was taken from. */
export function isRunning(ref: ProcessRef): boolean {
  return processIdentity(ref.pid) === ref.identity;
}

/** @throws Error when this process cannot see itself, which no supported system does */
export function ownProcess(): ProcessRef {
  const identity = processIdentity(process.pid);
  if (identity === undefined) throw new Error('process: own start time cannot be read');
  return { pid: process.pid, identity };
}

function linuxIdentity(pid: number): string | undefined {
  const stat = tryRead(`/proc/${String(pid)}/stat`);
  if (stat === undefined) return undefined;
  // The command name, in parentheses, may hold spaces and parentheses itself: fields count from the last one.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, startTick] = [fields[0], fields[19]];
  if (state === 'Z' || state === 'X' || startTick === undefined) return undefined;
  return `${(tryRead('/proc/sys/kernel/random/boot_id') ?? '').trim()}/${startTick}`;
}

function psIdentity(pid: number): string | undefined {
  try {
    const row = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    return row === '' || row.startsWith('Z') ? undefined : row.replace(/^\S+\s+/, '');
  } catch {
    return undefined; // ps ends with 1 when the pid is unknown
  }
}

function tryRead(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
