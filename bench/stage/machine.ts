import { spawnSync } from 'node:child_process';
import { cpus } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { describeMachine as describeThisMachine } from '../../src/tuning/tune-result.js';
import type { Command } from '../measure/measure-command.js';
import type { PythonPeers } from '../peers/install-python.js';

/** What the figures were measured on. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGB: number;
  readonly system: string;
  /** CPUs in use in the three seconds before the first run: other work makes figures worse. */
  readonly busyCpusBefore: number;
  readonly versions: Readonly<Record<string, string>>;
}

/** Describes the machine and every program that takes part. */
export async function describeMachine(
  env: Command['env'],
  versitygw: string,
  python: PythonPeers | undefined,
): Promise<Machine> {
  const said = (command: string, ...args: string[]) => firstLine(command, args, env);
  const { node, midstate, ...machine } = describeThisMachine();
  return {
    ...machine,
    busyCpusBefore: await busyCpus(3_000),
    versions: Object.fromEntries(
      Object.entries({
        midstate,
        Node: node,
        "Node's OpenSSL": process.versions.openssl,
        versitygw: cachedVersion(versitygw) ?? said(versitygw, '--version'),
        curl: number(said('curl', '--version')),
        rclone: number(said('rclone', 'version')),
        sha1sum: number(said('sha1sum', '--version')),
        ...(python === undefined ? {} : { Python: said(python.python, '-c', PYTHON_VERSIONS) }),
      }).flatMap(([name, version]) => (version === undefined ? [] : [[name, version]])),
    ),
  };
}

async function busyCpus(forMs: number): Promise<number> {
  const before = busyMs();
  await sleep(forMs);
  return (busyMs() - before) / forMs;
}

function busyMs(): number {
  return cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0);
}

const PYTHON_VERSIONS = [
  'import sys, ssl, boto3, botocore, urllib3, awscli',
  'print(sys.version.split()[0], "with", ssl.OPENSSL_VERSION, "boto3", boto3.__version__, "botocore", botocore.__version__, "urllib3", urllib3.__version__, "awscli", awscli.__version__)',
].join('; ');

/** A build by `go install` does not know its own version; the cache's folder does. */
function cachedVersion(executable: string): string | undefined {
  return /versitygw-(\d[\w.]*)/.exec(executable)?.[1];
}

function number(line: string | undefined): string | undefined {
  return line === undefined ? undefined : (/\d+\.\d[\w.+-]*/.exec(line)?.[0] ?? line);
}

function firstLine(command: string, args: string[], env: Command['env']): string | undefined {
  const { status, stdout } = spawnSync(command, args, { encoding: 'utf8', env: { ...env } });
  return status === 0 ? stdout.trim().split('\n')[0] : undefined;
}
