import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { installOnce } from '../../src/local/install/install-once.js';
import { runTool } from '../../src/local/install/run-tool.js';
import type { LocalEnvironment, Report } from '../../src/local/local-environment.js';
import { REPOSITORY } from '../repository.js';

/** A Python of its own with boto3 and the AWS command line. */
export interface PythonPeers {
  /** Absolute path of the interpreter. */
  readonly python: string;
  /** Folder with AWS's CRC library, apart: boto3 behaves differently where it is found. Undefined where it cannot be had. */
  readonly crcPackages: string | undefined;
}

const REQUIREMENTS = `${REPOSITORY}bench/peers/requirements.txt`;
const CRC_REQUIREMENTS = `${REPOSITORY}bench/peers/requirements-crc.txt`;

/** Installs the pinned packages with pip into the cache, once; or a word on why they cannot be had. */
export async function installPython(
  environment: LocalEnvironment,
  report: Report,
): Promise<PythonPeers | { readonly reason: string }> {
  const { cacheDir, env, signal } = environment;
  const python = (venv: string) => join(venv, 'bin', 'python');
  const pip = (venv: string, args: string[]) =>
    runTool({
      command: python(venv),
      args: ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...args],
      env,
      signal,
    });
  const folder = join(cacheDir, `bench-python-${digestOf(REQUIREMENTS)}`);
  const crcFolder = join(cacheDir, `bench-python-crc-${digestOf(CRC_REQUIREMENTS)}`);
  try {
    await installOnce({
      title: 'boto3 and the AWS command line (Python)',
      folder,
      report,
      signal,
      // Its scripts name the staging folder and are not used: modules are run by the interpreter.
      install: async (stagingDir) => {
        await runTool({ command: 'python3', args: ['-m', 'venv', stagingDir], env, signal });
        await pip(stagingDir, ['--requirement', REQUIREMENTS]);
      },
    });
  } catch (error) {
    return { reason: `boto3 could not be installed with pip: ${firstLine(error)}` };
  }
  try {
    await installOnce({
      title: "AWS's CRC library (Python)",
      folder: crcFolder,
      report,
      signal,
      install: async (stagingDir) => {
        await pip(folder, ['--target', stagingDir, '--requirement', CRC_REQUIREMENTS]);
      },
    });
    return { python: python(folder), crcPackages: crcFolder };
  } catch (error) {
    report(`Python's CRCs are left out: ${firstLine(error)}`);
    return { python: python(folder), crcPackages: undefined };
  }
}

function digestOf(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex').slice(0, 12);
}

function firstLine(error: unknown): string {
  return error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
}
