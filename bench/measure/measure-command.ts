import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import type { Readable } from 'node:stream';
import { MidstateError } from '../../src/core/failures.js';
import { REPOSITORY } from '../repository.js';
import type { CgroupAccess, CgroupLimits } from './cgroup.js';

export interface Command {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** What one run of a command took, start-up included. */
export interface Measurement {
  /** User and system time of the command and of all its descendants. */
  readonly cpuSeconds: number;
  /** Who counted `cpuSeconds`: the kernel's control group, or its account of processes that were waited for. */
  readonly accountedBy: 'cgroup' | 'wait4';
  /** The same by the account of processes that were waited for; to check the one with the other. */
  readonly waitedCpuSeconds: number;
  readonly wallSeconds: number;
  /** Of the largest single process; never below the runner's own, some 10 MB. */
  readonly peakRssBytes: number;
  /** By the control group's count; only of a run with limits. */
  readonly cgroupPeakBytes: number | undefined;
  readonly stdout: string;
}

export interface MeasureOptions {
  readonly cgroups: CgroupAccess;
  /** Only where there are control groups. */
  readonly limits?: CgroupLimits | undefined;
  readonly timeoutSeconds?: number;
}

/** What measure.py reports. */
interface Report {
  readonly exitCode: number;
  readonly timedOut: boolean;
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
  readonly peakRssBytes: number;
}

const MEASURE = `${REPOSITORY}bench/measure/measure.py`;
const DEFAULT_TIMEOUT_SECONDS = 300;

/**
 * Runs a command to its end and takes the kernel's account of it.
 * @throws MidstateError InvalidInput when it fails, takes too long, or is killed at the memory limit
 */
export async function measureCommand(command: Command, options: MeasureOptions): Promise<Measurement> {
  const { cgroups, limits, timeoutSeconds = DEFAULT_TIMEOUT_SECONDS } = options;
  const cgroup = cgroups.version === undefined ? undefined : cgroups.create(limits);
  try {
    const spec = { argv: command.argv, joinFiles: cgroup?.joinFiles ?? [], timeoutSeconds };
    const { report, stdout, stderr } = await run(spec, command.env);
    const oomKills = cgroup?.oomKills() ?? 0;
    if (report.exitCode !== 0 || oomKills > 0) throw failed(command, report, oomKills, stderr);
    return {
      cpuSeconds: cgroup?.cpuSeconds() ?? report.cpuSeconds,
      accountedBy: cgroup === undefined ? 'wait4' : 'cgroup',
      waitedCpuSeconds: report.cpuSeconds,
      wallSeconds: report.wallSeconds,
      peakRssBytes: report.peakRssBytes,
      cgroupPeakBytes: cgroup?.peakMemoryBytes(),
      stdout,
    };
  } finally {
    await cgroup?.remove();
  }
}

async function run(
  spec: object,
  env: Command['env'],
): Promise<{ report: Report; stdout: string; stderr: string }> {
  const child = spawn('python3', [MEASURE, JSON.stringify(spec)], {
    env: { ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  const started = new Promise<never>((_, reject) => {
    child.once('error', (error) => {
      reject(
        new MidstateError(
          'InvalidInput',
          `bench: python3 (3.9 or newer) is needed to measure: ${error.message}`,
        ),
      );
    });
  });
  const streams = [child.stdout, child.stderr, child.stdio[3]] as Readable[];
  const outputs = Promise.all(streams.map((stream) => text(stream)));
  const [stdout = '', stderr = '', reported = ''] = await Promise.race([outputs, started]);
  if (reported === '') throw new MidstateError('InvalidInput', `bench: the runner failed: ${stderr}`);
  return { report: JSON.parse(reported) as Report, stdout, stderr };
}

function failed(
  { argv }: Command,
  { exitCode, timedOut }: Report,
  oomKills: number,
  stderr: string,
): MidstateError {
  const how =
    oomKills > 0
      ? 'killed at the memory limit'
      : timedOut
        ? 'took too long'
        : `exit code ${String(exitCode)}`;
  return new MidstateError(
    'InvalidInput',
    `bench: ${argv.join(' ').slice(0, 300)}: ${how}. It said:\n${stderr.slice(-2_000)}`,
  );
}
