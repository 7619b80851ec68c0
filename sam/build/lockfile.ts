import { MidstateError } from '../../src/core/failures.js';

interface LockedPackage {
  readonly version?: string;
  readonly integrity?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** What is used of package-lock.json, version 3. */
export interface Lockfile {
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

/**
 * Places of all packages that `roots` need at run time, themselves included, sorted. Peers count where they are
 * installed; what is optional and not installed is left out.
 *
 * @param roots names of packages, e.g. `@temporalio/worker`
 * @param leaveOut packages that nothing is to be followed into
 * @throws MidstateError InvalidInput when a package is not in the lockfile
 */
export function closureOf(
  { packages }: Lockfile,
  roots: Iterable<string>,
  leaveOut: (name: string) => boolean,
): string[] {
  const found = new Set<string>();
  const waiting = [...roots].map((name) => ({ name, from: '', isNeeded: true }));
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (leaveOut(next.name)) continue;
    const place = resolve(packages, next.name, next.from);
    if (place === undefined) {
      if (!next.isNeeded) continue;
      throw new MidstateError(
        'InvalidInput',
        'package-lock.json: a package that is needed is not in it; run npm install',
        {
          facts: {
            expected: next.name,
            actual: next.from === '' ? 'needed by a function' : `needed by ${next.from}`,
          },
        },
      );
    }
    if (found.has(place)) continue;
    found.add(place);
    const { dependencies = {}, optionalDependencies = {}, peerDependencies = {} } = packages[place] ?? {};
    for (const name of Object.keys(dependencies))
      waiting.push({ name, from: place, isNeeded: !(name in optionalDependencies) });
    for (const name of [...Object.keys(optionalDependencies), ...Object.keys(peerDependencies)])
      waiting.push({ name, from: place, isNeeded: false });
  }
  return [...found].sort();
}

/** Where Node finds `name` from the package at `from`: in its own node_modules, or in one further up. */
function resolve(packages: Lockfile['packages'], name: string, from: string): string | undefined {
  for (let folder = from; ; folder = folder.slice(0, Math.max(folder.lastIndexOf('/node_modules/'), 0))) {
    const place = `${folder === '' ? '' : `${folder}/`}node_modules/${name}`;
    if (packages[place] !== undefined) return place;
    if (folder === '') return undefined;
  }
}

/** The package that a module belongs to, by the lockfile's place; undefined for a source of ours. */
export function packageOfModule(path: string): string | undefined {
  return /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0];
}

/** Version and digest of the package at `place`: what it is made of. */
export function lockOf({ packages }: Lockfile, place: string): string {
  const { version = 'none', integrity = 'none' } = packages[place] ?? {};
  return `${version} ${integrity}`;
}

/** The package's name in an import specifier: `@temporalio/worker` of `@temporalio/worker/lib/x`. */
export function packageOfSpecifier(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}
