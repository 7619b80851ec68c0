import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { MidstateError } from '../../src/core/failures.js';
import { buildAddon } from './build-addon.js';
import type { BuildOptions } from './build-options.js';
import { LAYER, RUNTIME } from './build-targets.js';
import { checkBinary } from './check-binaries.js';
import { filesUnder } from './files-under.js';
import { digestOf, digestOfFile, type Inputs } from './inputs.js';
import { belongsInLayer, isForBuildOnly } from './layer-contents.js';
import { closureOf, type Lockfile } from './lockfile.js';

/** What is left out of the layer is among its inputs. */
const RULES = ['sam/build/layer-build.ts', 'sam/build/layer-contents.ts'];
const ADDON_SCRIPT = 'scripts/build-native.mjs';

/** The inputs of the layer as they are now. */
export function layerInputs(
  { root, architecture, portable }: BuildOptions,
  packages: readonly string[],
): Inputs {
  const addon = portable
    ? []
    : [ADDON_SCRIPT, ...filesUnder(join(root, 'native')).map((path) => `native/${path}`)];
  return {
    architecture,
    runtime: RUNTIME,
    'package-lock.json': digestOfFile(join(root, 'package-lock.json')),
    'packages that functions need': digestOf(packages.join('\n')),
    'build rules': RULES.map((path) => digestOfFile(join(root, path))).join(' '),
    'native hash functions': portable ? 'left out' : 'compiled',
    ...Object.fromEntries(addon.map((path) => [path, digestOfFile(join(root, path))])),
  };
}

/**
 * Puts the layer together: the packages that functions need, without what nothing loads, and the native hash functions.
 * @returns places of its packages in the lockfile
 */
export function buildLayer(options: BuildOptions, packages: readonly string[], lock: Lockfile): string[] {
  const { folder, architecture, portable } = options;
  const output = join(folder, LAYER);
  rmSync(output, { recursive: true, force: true });
  const modules = join(output, 'nodejs');
  const places = closureOf(lock, packages, isForBuildOnly);
  for (const place of places) copyPackage(options, place, modules);
  if (!portable) addAddon(options, join(modules, 'node_modules/midstate-native'));
  for (const path of filesUnder(output).filter((name) => name.endsWith('.node')))
    checkBinary(path, readFileSync(join(output, path)), architecture);
  return places;
}

function copyPackage({ root, architecture }: BuildOptions, place: string, modules: string): void {
  const from = join(root, place);
  const files = filesUnder(from, (name) => name === 'node_modules');
  if (files.length === 0)
    throw new MidstateError(
      'InvalidInput',
      'sam build: a package of the lockfile is not installed; run npm run setup',
      {
        facts: { expected: place },
      },
    );
  for (const path of files) {
    if (!belongsInLayer(place, path, architecture)) continue;
    const to = join(modules, place, path);
    mkdirSync(dirname(to), { recursive: true });
    copyFileSync(join(from, path), to);
  }
}

/** As a package, so that `require` finds it wherever the layer is. */
function addAddon({ root, architecture, folder }: BuildOptions, to: string): void {
  const from = join(folder, 'native');
  const name = buildAddon(root, architecture, from);
  mkdirSync(to, { recursive: true });
  copyFileSync(join(from, name), join(to, name));
  writeFileSync(
    join(to, 'package.json'),
    `${JSON.stringify({ name: 'midstate-native', version: '0.0.0', private: true })}\n`,
  );
}
