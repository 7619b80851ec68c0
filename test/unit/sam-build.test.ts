import { spawnSync } from 'node:child_process';
import { chmodSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runBuild } from '../../sam/build/run-build.js';
import { writeZip } from '../../sam/build/write-zip.js';
import { unpackArtefacts } from '../../sam/local/unpack-artefacts.js';
import { SamTree } from '../setup/sam-tree.js';

let tree: SamTree;
beforeEach(() => {
  tree = new SamTree();
});
afterEach(() => {
  tree.remove();
});

/** What was built, and why. */
async function build(out = 'out'): Promise<Record<string, string>> {
  const steps = await runBuild({
    root: tree.root,
    architecture: 'x86_64',
    portable: true,
    folder: join(tree.root, out),
    print: () => undefined,
  });
  return Object.fromEntries(
    steps.flatMap(({ name, reason }) => (reason === undefined ? [] : [[name, reason]])),
  );
}

const archive = (name: string, out = 'out') => readFileSync(join(tree.root, out, `${name}.zip`));

test('builds everything once, and then nothing until something changes', async () => {
  const first = await build();
  const second = await build();

  expect(Object.keys(first)).toEqual(['starter', 'worker', 'layer']);
  expect(second).toEqual({});
});

test('a file that was touched but not changed is no reason to build', async () => {
  await build();
  utimesSync(join(tree.root, 'src/shared.ts'), new Date(0), new Date(0));

  expect(await build()).toEqual({});
});

test('a change in one function builds that one, and says why', async () => {
  await build();
  tree.write('src/only-worker.ts', `export const only: string = ' changed';`);

  expect(await build()).toEqual({ worker: 'src/only-worker.ts changed' });
});

test('a change in what functions share builds both, and no layer', async () => {
  await build();
  tree.write('src/shared.ts', `export const shared: string = 'changed ';`);

  expect(await build()).toEqual({
    starter: 'src/shared.ts changed',
    worker: 'src/shared.ts changed',
  });
});

test('a change of the lockfile builds the layer, and no function that has none of what changed', async () => {
  await build();
  tree.lock({ 'node_modules/other': { version: '2.0.0', integrity: 'sha512-other' } });

  expect(await build()).toEqual({ layer: 'package-lock.json changed' });
});

test('another version of a bundled package builds the function that has it', async () => {
  await build();
  tree.lock({ 'node_modules/bundled': { version: '1.0.1', integrity: 'sha512-newer' } });

  expect(await build()).toEqual({
    starter: 'node_modules/bundled changed',
    layer: 'package-lock.json changed',
  });
});

test('a function that needs another package of the layer changes the layer too', async () => {
  await build();
  tree.write(
    'node_modules/protobufjs/package.json',
    JSON.stringify({ name: 'protobufjs', main: 'index.js' }),
  );
  tree.write('node_modules/protobufjs/index.js', `exports.proto = 'proto';`);
  tree.lock({ 'node_modules/protobufjs': { version: '8.0.0' } });
  await build();
  tree.write('src/only-worker.ts', `export { proto as only } from 'protobufjs';`);

  expect(await build()).toEqual({
    worker: 'src/only-worker.ts changed',
    layer: 'packages that functions need changed',
  });
});

test('an archive that is gone, or is not what was built, is built again', async () => {
  await build();
  rmSync(join(tree.root, 'out/starter.zip'));
  writeFileSync(join(tree.root, 'out/layer.zip'), 'other bytes');

  expect(await build()).toEqual({
    starter: 'what was built is gone',
    layer: 'the archive is not the one that was built',
  });
});

test('a manifest that cannot be read builds everything', async () => {
  await build();
  writeFileSync(join(tree.root, 'out/manifest.json'), '{"format":');

  expect(Object.keys(await build())).toEqual(['starter', 'worker', 'layer']);
});

test('the same inputs make the same bytes elsewhere', async () => {
  await build('out');
  await build('elsewhere/deep');

  for (const name of ['starter', 'worker', 'layer'])
    expect(archive(name, 'elsewhere/deep').equals(archive(name)), name).toBe(true);
});

test('the same files make the same archive, whenever and in whatever order they were written', async () => {
  const [first, second] = [join(tree.root, 'first'), join(tree.root, 'second')];
  for (const path of ['first/a.js', 'first/b/c.node', 'second/b/c.node', 'second/a.js'])
    tree.write(path, 'same');
  for (const path of ['a.js', 'b/c.node']) {
    utimesSync(join(second, path), new Date(), new Date(1_000_000_000_000));
    chmodSync(join(second, path), 0o600);
  }
  await writeZip(first, `${first}.zip`);
  await writeZip(second, `${second}.zip`);

  expect(readFileSync(`${second}.zip`).equals(readFileSync(`${first}.zip`))).toBe(true);
});

test('a function finds the layer’s packages by NODE_PATH, as in Lambda', async () => {
  await build();
  const { template, remove } = unpackArtefacts(join(tree.root, 'out/template.yaml')); // away from the tree's own packages
  const folder = dirname(template);
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['-e', `require(${JSON.stringify(join(folder, 'worker/index.js'))}).handler().then(console.log)`],
    {
      cwd: '/',
      encoding: 'utf8',
      env: { NODE_PATH: join(folder, 'layer/nodejs/node_modules') },
    },
  );

  remove();

  expect(stdout, stderr).toBe('shared tiny leaf only\n');
});

test('a package that is not installed is named', async () => {
  rmSync(join(tree.root, 'node_modules/leaf'), { recursive: true });

  await expect(build()).rejects.toThrow(/not installed.*node_modules\/leaf/);
});
