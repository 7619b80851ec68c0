import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { BuildOptions } from './build-options.js';
import { BUNDLE_TARGET, RUNTIME, type FunctionTarget } from './build-targets.js';
import { bundleFunction } from './bundle-function.js';
import { digestOfFile, type Inputs } from './inputs.js';
import { lockOf, type Lockfile } from './lockfile.js';
import type { Artefact } from './manifest.js';

/** How a function is bundled is among its inputs. */
const RULES = ['function-build', 'bundle-function', 'lean-client', 'prune-definitions'].map(
  (name) => `sam/build/${name}.ts`,
);
const BUNDLER = 'node_modules/rolldown';

/** What an artefact was made from, as far as it does not follow from the sources and packages themselves. */
export type MadeOf = Pick<Artefact, 'sources' | 'packages'>;

/** The inputs of a function as they are now. What it was made of last time tells which they are. */
export function functionInputs(
  root: string,
  { entry, temporalCalls }: FunctionTarget,
  { sources, packages }: MadeOf,
  lock: Lockfile,
): Inputs {
  return {
    runtime: `${RUNTIME} ${BUNDLE_TARGET}`,
    entry,
    'calls of Temporal’s client': JSON.stringify(temporalCalls ?? 'any'),
    bundler: lockOf(lock, BUNDLER),
    'build rules': RULES.map((path) => digestOfFile(join(root, path))).join(' '),
    version: packageVersion(root),
    ...Object.fromEntries(sources.map((path) => [path, digestOfFile(join(root, path))])),
    ...Object.fromEntries(packages.map((place) => [place, lockOf(lock, place)])),
  };
}

/** Bundles a function into its folder. */
export async function buildFunction(
  { root, folder }: BuildOptions,
  target: FunctionTarget,
): Promise<MadeOf & Pick<Artefact, 'fromLayer'>> {
  const { name } = target;
  const { files, sources, packages, fromLayer } = await bundleFunction(root, target);
  const output = join(folder, name);
  rmSync(output, { recursive: true, force: true });
  for (const [path, code] of files) {
    mkdirSync(dirname(join(output, path)), { recursive: true });
    writeFileSync(join(output, path), code);
  }
  const manifest = {
    name: `midstate-${name}`,
    version: packageVersion(root),
    private: true,
    type: 'commonjs',
  };
  writeFileSync(join(output, 'package.json'), `${JSON.stringify(manifest)}\n`);
  return { sources, packages, fromLayer };
}

function packageVersion(root: string): string {
  return (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }).version;
}
