import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readCgroupUsage, type CgroupPlace } from '../../local/process/cgroup-usage.js';
import { limitsOf } from '../class-limits.js';
import type { ClassLimits, Holder } from './holder.js';
import { runCommand } from './run-command.js';

export interface SystemdHolderOptions {
  /** The user's own service manager, in the place of the system's. Default: unless it is root. */
  readonly isUsers?: boolean;
  /** Where control groups are mounted. Default: /sys/fs/cgroup. */
  readonly root?: string;
}

/** Whole pages, so that the kernel has it as it was given. */
const TRIAL_BYTES = 2 ** 30;

/** Prints the limits that the shell itself is under, version 2's and version 1's files. */
const TELL_LIMITS = `
two=$(sed -n 's/^0:://p' /proc/self/cgroup)
one=$(sed -n 's/^[0-9]*:[^:]*memory[^:]*://p' /proc/self/cgroup)
cat "$0$two/memory.max" 2>/dev/null || cat "$0/memory$one/memory.limit_in_bytes"
`;

/** Transient scopes of systemd: `systemd-run --scope`, by the system's manager for root, else by the user's. */
export function createSystemdHolder({
  isUsers = process.getuid?.() !== 0,
  root = '/sys/fs/cgroup',
}: SystemdHolderOptions = {}): Holder {
  const manager = isUsers ? ['--user'] : [];
  const runIn = (unit: string, { memoryBytes, cpuShare }: ReturnType<typeof limitsOf>) => [
    ...manager,
    '--scope',
    '--quiet',
    `--unit=${unit}`,
    `--property=MemoryMax=${String(memoryBytes)}`,
    '--property=MemorySwapMax=0',
    // With version 1 it counts no CPU time otherwise.
    '--property=CPUAccounting=yes',
    `--property=CPUQuota=${(cpuShare * 100).toFixed(2)}%`,
    '--',
  ];
  const forget = async (scope: string) => {
    // Neither may be there; one that ended badly stays until it is forgotten.
    await runCommand('systemctl', [...manager, 'stop', scope]);
    await runCommand('systemctl', [...manager, 'reset-failed', scope]);
  };
  const propertyOf = async (scope: string, property: string) =>
    (await runCommand('systemctl', [...manager, 'show', `--property=${property}`, '--value', scope])).stdout;
  return {
    name: 'systemd-run',
    runsAnyProgram: true,
    async whyNot() {
      const unit = `midstate-trial-${String(process.pid)}`;
      const limits = { memoryBytes: TRIAL_BYTES, cpuShare: 0.5 };
      const words = [...runIn(unit, limits), '/bin/sh', '-c', TELL_LIMITS, root];
      const { code, stdout, complaint } = await runCommand('systemd-run', words);
      await forget(`${unit}.scope`);
      if (code !== 0) return complaint;
      if (stdout === String(TRIAL_BYTES)) return undefined;
      return `it sets no memory limit (expected ${String(TRIAL_BYTES)}, got ${stdout === '' ? 'none' : stdout}): the memory controller is not delegated to it`;
    },
    async hold(name, memoryMB): Promise<ClassLimits> {
      const scope = `${name}.scope`;
      await forget(scope);
      let known: CgroupPlace | undefined;
      const place = async () => {
        if (known === undefined) {
          const path = await propertyOf(scope, 'ControlGroup');
          known = path === '' ? undefined : placeOf(root, path);
        }
        return known;
      };
      return {
        wrap: ({ command, args, env }) => ({
          command: 'systemd-run',
          args: [...runIn(name, limitsOf(memoryMB)), command, ...args],
          env,
        }),
        async resetPeak() {
          const found = await place();
          if (found === undefined) return;
          const file = found.version === 1 ? 'memory.max_usage_in_bytes' : 'memory.peak';
          try {
            writeFileSync(join(found.memory, file), '0');
          } catch {
            // It is not this user's to write, or Linux is older than 6.12.
          }
        },
        async usage() {
          const found = await place();
          if (found === undefined) return undefined;
          const { peakBytes, cpuSeconds } = readCgroupUsage(found);
          return { peakBytes, cpuSeconds: existsSync(found.cpu) ? cpuSeconds : undefined };
        },
        // Version 1 does not tell systemd; nobody else sends this signal to a process that was not asked to end before.
        wasKilled: async (signal) =>
          signal === 'SIGKILL' || (await propertyOf(scope, 'Result')) === 'oom-kill',
        remove: () => forget(scope),
      };
    },
  };
}

function placeOf(root: string, path: string): CgroupPlace | undefined {
  const two = join(root, path);
  if (existsSync(join(two, 'memory.current'))) return { version: 2, memory: two, cpu: two };
  const memory = join(root, 'memory', path);
  return existsSync(memory) ? { version: 1, memory, cpu: join(root, 'cpuacct', path) } : undefined;
}
