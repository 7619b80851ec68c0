import { readVersion } from '../../read-version.js';
import { limitsOf } from '../class-limits.js';
import { DEFAULT_DOCKER_IMAGE, type ClassLimits, type Holder, type LimitsUsage } from './holder.js';
import { runCommand } from './run-command.js';

export interface DockerHolderOptions {
  /** Image whose entrypoint is `midstate`. */
  readonly image?: string;
  /** The version that is expected in it. Default: this one. */
  readonly version?: string;
}

/** Variables that a worker is told by; paths, and what else is the machine's own, stay outside. */
const HANDED_ON =
  /^(?:AWS_(?!CA_BUNDLE$|CONFIG_FILE$|SHARED_CREDENTIALS_FILE$)|TEMPORAL_|MIDSTATE_|OTEL_)|^(?:https?|no)_proxy$/i;

/** The container's own control group, version 2's files and version 1's: peak bytes, then CPU time. */
const TELL_USAGE = `
cd /sys/fs/cgroup
if [ -f memory.peak ]; then cat memory.peak; sed -n 's/^usage_usec //p' cpu.stat; echo 1000000
else cat memory/memory.max_usage_in_bytes cpuacct/cpuacct.usage; echo 1000000000
fi
`;

/** Containers of midstate's image, with the host's network. Only midstate itself runs in them. */
export function createDockerHolder({
  image = DEFAULT_DOCKER_IMAGE,
  version = readVersion(),
}: DockerHolderOptions = {}): Holder {
  return {
    name: 'docker',
    runsAnyProgram: false,
    async whyNot() {
      const daemon = await runCommand('docker', ['info', '--format', '{{.MemoryLimit}} {{.CPUCfsQuota}}']);
      if (daemon.code !== 0) return daemon.complaint;
      if (daemon.stdout !== 'true true')
        return `its kernel cannot limit memory and CPU (docker info: MemoryLimit and CPUCfsQuota are ${daemon.stdout})`;
      const inspected = await runCommand('docker', ['image', 'inspect', '--format', '{{.Id}}', image]);
      if (inspected.code !== 0)
        return `there is no image ${image} (docker build --file infra/docker/Dockerfile --tag ${image} . makes it, --docker-image names another)`;
      const inside = await runCommand('docker', ['run', '--rm', image, '--version']);
      if (inside.stdout === version) return undefined;
      return `the image ${image} is not of this version of midstate: expected ${version}, got ${inside.stdout || inside.complaint}`;
    },
    async hold(name, memoryMB): Promise<ClassLimits> {
      const remove = async () => {
        await runCommand('docker', ['rm', '--force', '--volumes', name]); // it may not be there
      };
      await remove();
      const { memoryBytes, cpuShare } = limitsOf(memoryMB);
      return {
        wrap: ({ args, env }) => ({
          command: 'docker',
          args: [
            'run',
            ...['--name', name, '--network', 'host', '--read-only'],
            // As much with swap as without: none.
            ...['--memory', String(memoryBytes), '--memory-swap', String(memoryBytes)],
            ...['--cpus', cpuShare.toFixed(4)],
            // By name only: values are not to be read off the command line.
            ...Object.keys(env)
              .filter((variable) => HANDED_ON.test(variable) && env[variable] !== undefined)
              .flatMap((variable) => ['--env', variable]),
            image,
            ...args,
          ],
          env,
        }),
        resetPeak: () => Promise.resolve(), // a container cannot write to its control group
        usage: async () =>
          usageOf((await runCommand('docker', ['exec', name, '/bin/sh', '-c', TELL_USAGE])).stdout),
        wasKilled: async () =>
          (await runCommand('docker', ['inspect', '--format', '{{.State.OOMKilled}}', name])).stdout ===
          'true',
        remove,
      };
    },
  };
}

function usageOf(stdout: string): LimitsUsage | undefined {
  const [peakBytes, cpu, perSecond] = stdout.split('\n').map(Number);
  if (peakBytes === undefined || cpu === undefined || perSecond === undefined) return undefined;
  return { peakBytes, cpuSeconds: cpu / perSecond };
}
