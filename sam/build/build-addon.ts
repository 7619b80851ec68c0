import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { MidstateError } from '../../src/core/failures.js';
import { readText } from '../../src/read-text.js';
import { ARCHITECTURES, type Architecture } from './build-targets.js';

/**
 * Compiles the native hash functions for an architecture; no docker is needed.
 *
 * @param folder where the binary goes
 * @returns its name
 * @throws MidstateError InvalidInput when there is no compiler for that architecture, or it fails: a function without
 *   them would hash several times slower
 */
export function buildAddon(root: string, architecture: Architecture, folder: string): string {
  const { nodeArch, compilers } = ARCHITECTURES[architecture];
  const isForeign = nodeArch !== process.arch;
  const compiler = isForeign ? findCompiler(compilers) : undefined;
  const env = {
    ...inherited(),
    MIDSTATE_NATIVE_ARCH: nodeArch,
    MIDSTATE_NATIVE_OUTPUT: folder,
    ...(compiler === undefined ? {} : { CC: compiler }),
  };
  if (isForeign && compiler === undefined && env['CC'] === undefined)
    throw noAddon(architecture, `no ${compilers.join(' or ')} was found`);
  const { status, stderr } = spawnSync(process.execPath, [join(root, 'scripts/build-native.mjs')], {
    env,
    encoding: 'utf8',
  });
  const name = `midstate-linux-${nodeArch}-napi8.node`;
  if (status === 0 && existsSync(join(folder, name))) return name;
  throw noAddon(architecture, (readText(join(folder, 'not-built.txt')) ?? stderr).trim());
}

/** `CC` names the compiler where it is set; else a cross compiler of the usual name. */
function findCompiler(names: readonly string[]): string | undefined {
  if (inherited()['CC'] !== undefined) return undefined;
  return names.find((name) => spawnSync(name, ['--version']).status === 0);
}

function inherited(): NodeJS.ProcessEnv {
  // eslint-disable-next-line no-restricted-properties -- handed on to a compiler, not read for a setting
  return process.env;
}

function noAddon(architecture: Architecture, actual: string): MidstateError {
  return new MidstateError(
    'InvalidInput',
    `sam build: the native hash functions cannot be compiled for ${architecture}; install a compiler for it (Debian: gcc-aarch64-linux-gnu or gcc-x86-64-linux-gnu) or name one in CC, build for this machine with --architecture, or go without them with --portable`,
    { facts: { expected: 'a C compiler', actual } },
  );
}
