import { readText } from '../../src/read-text.js';

/** Linux counts CPU time in hundredths of a second (`getconf CLK_TCK`). */
const TICKS_PER_SECOND = 100;

/** CPU-seconds that a process has used, its threads included; undefined where the kernel does not tell. */
export function cpuSecondsOf(pid: number): number | undefined {
  // The name, in brackets, may hold anything: the fields are counted from behind it.
  const fields = readText(`/proc/${String(pid)}/stat`)
    ?.split(') ')
    .at(-1)
    ?.split(' ');
  if (fields === undefined) return undefined;
  const [userTicks, systemTicks] = [fields[11], fields[12]];
  return (Number(userTicks) + Number(systemTicks)) / TICKS_PER_SECOND;
}

/** Resident memory of a process now, in bytes; undefined where the kernel does not tell. */
export function residentBytesOf(pid: number): number | undefined {
  const kilobytes = /^VmRSS:\s*(\d+) kB$/m.exec(readText(`/proc/${String(pid)}/status`) ?? '')?.[1];
  return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
}
