import { MidstateError } from '../../src/core/failures.js';
import type { CgroupAccess } from './cgroup.js';
import { measureCommand, type Command } from './measure-command.js';

/** One command whose CPU time is known, and what the runner counted. */
export interface AccountingCheck {
  readonly title: string;
  readonly knownCpuSeconds: number;
  readonly countedCpuSeconds: number;
}

const BURN_SECONDS = 0.4;
/** A share, and what Python spends after it has printed its own count. */
const TOLERANCE = { share: 0.03, seconds: 0.06 } as const;

/** Burns CPU, in user and in kernel mode, until the process's own clock says enough; then prints that clock. */
const BURNER = [
  'import os, time',
  'zeros = os.open("/dev/zero", os.O_RDONLY)',
  `while time.process_time() < ${String(BURN_SECONDS)}:`,
  '    os.read(zeros, 1 << 16)',
  '    sum(range(2000))',
  // One write, even where Python does not buffer: two burners share the pipe.
  'os.write(1, f"{time.process_time()}\\n".encode())',
].join('\n');

/**
 * Runs commands of known CPU time, alone, in a pipeline and as a child nobody waits for, and compares the runner's count.
 * @throws MidstateError InvalidInput when a count is off by more than 3 % and 60 ms a process
 */
export async function checkAccounting(
  cgroups: CgroupAccess,
  env: Command['env'],
): Promise<AccountingCheck[]> {
  const burn = `python3 -c '${BURNER.replaceAll("'", `'\\''`)}'`;
  const scripts = [
    ['one process', burn],
    ['a pipeline of two', `{ ${burn} | cat; } & ${burn} | cat; wait`],
    ['a grandchild', `sh -c '${burn.replaceAll("'", `'\\''`)}; true'; true`],
    // Only a control group sees a process that nobody waits for.
    ...(cgroups.version === undefined ? [] : [['a child nobody waits for', `( ${burn} & ) | cat`]]),
  ] as const;
  const checks: AccountingCheck[] = [];
  for (const [title = '', script = ''] of scripts) {
    const { cpuSeconds, stdout } = await measureCommand({ argv: ['sh', '-c', script], env }, { cgroups });
    const knownCpuSeconds = stdout
      .trim()
      .split('\n')
      .map(Number)
      .reduce((sum, value) => sum + value, 0);
    checks.push({ title, knownCpuSeconds, countedCpuSeconds: cpuSeconds });
  }
  for (const check of checks) requireRight(check);
  return checks;
}

/** @throws MidstateError InvalidInput when the count is not the known time, within the tolerance */
export function requireRight({ title, knownCpuSeconds, countedCpuSeconds }: AccountingCheck): void {
  const off = Math.abs(countedCpuSeconds - knownCpuSeconds);
  // Every burner of a check may add its own exit.
  if (
    off <=
    knownCpuSeconds * TOLERANCE.share + TOLERANCE.seconds * Math.ceil(knownCpuSeconds / BURN_SECONDS)
  )
    return;
  throw new MidstateError(
    'InvalidInput',
    `bench: the CPU account is wrong for ${title}: expected ${knownCpuSeconds.toFixed(3)} s, got ${countedCpuSeconds.toFixed(3)} s`,
  );
}
