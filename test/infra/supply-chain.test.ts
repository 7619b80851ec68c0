import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

interface Component {
  readonly name: string;
  readonly version: string;
  readonly licenses?: readonly unknown[];
  readonly hashes?: readonly unknown[];
}

/** Says its licence (the Unlicense) in a file only. */
const LICENCE_IN_FILE = ['unionfs'];

describe('what midstate is made of', () => {
  let components: readonly Component[];

  beforeAll(() => {
    const bill = execFileSync('npm', ['sbom', '--sbom-format=cyclonedx'], {
      cwd: ROOT,
      encoding: 'utf8',
      maxBuffer: 10_000_000,
    });
    ({ components } = JSON.parse(bill) as { readonly components: readonly Component[] });
  });

  test('is told by its bill of materials, with every dependency of package.json', () => {
    const { dependencies } = JSON.parse(readFileSync(`${ROOT}/package.json`, 'utf8')) as {
      readonly dependencies: Readonly<Record<string, string>>;
    };
    const listed = new Set(components.map(({ name, version }) => `${name} ${version}`));
    const missing = Object.entries(dependencies).filter(
      ([name, version]) => !listed.has(`${name} ${version}`),
    );
    expect(missing).toEqual([]);
  });

  test('has a licence and a hash for each', () => {
    const nameOf = ({ name }: Component) => name;
    expect(components.filter(({ licenses }) => (licenses ?? []).length === 0).map(nameOf)).toEqual(
      LICENCE_IN_FILE,
    );
    expect(components.filter(({ hashes }) => (hashes ?? []).length === 0).map(nameOf)).toEqual([]);
  });
});
