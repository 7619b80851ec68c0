// Third part of the build: the native hash functions in native/, with the C compiler that is there, from the headers
// next to the running Node; nothing is downloaded. Where that cannot be, it says so in one line and ends well: the
// portable implementation does the work. `CC` and `CFLAGS` are honoured. For another architecture's Node (`x64`, `arm64`)
// `MIDSTATE_NATIVE_ARCH` names it and `CC` its compiler; `MIDSTATE_NATIVE_OUTPUT` names another folder than dist/native.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, renameSync, rmSync } from 'node:fs';
import { writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const sourceFolder = join(root, 'native');
const output = process.env.MIDSTATE_NATIVE_OUTPUT || join(root, 'dist/native');
const arch = process.env.MIDSTATE_NATIVE_ARCH || process.arch;
// Node-API is the same in every Node there is since 20, so a binary serves them all; src/native/native-addon.ts looks for this name.
const binary = join(output, `midstate-${process.platform}-${arch}-napi8.node`);
const stamp = `${binary}.inputs`;
const reasonFile = join(output, 'not-built.txt');

try {
  build();
} catch (error) {
  giveUp(error instanceof Error ? error.message : String(error));
}

function build() {
  const compiler = findCompiler();
  const headers = findHeaders();
  const sources = filesEndingWith('.c');
  const flags = compilerFlags(headers);
  const inputs = digestOf(
    [compiler.version, process.versions.openssl, ...flags],
    [...sources, ...filesEndingWith('.h')],
  );
  if (existsSync(binary) && existsSync(stamp) && readFileSync(stamp, 'utf8') === inputs) return;

  mkdirSync(output, { recursive: true });
  const fresh = `${binary}.${process.pid}`;
  try {
    compile(compiler.command, [
      ...flags,
      '-o',
      fresh,
      ...sources,
      ...(process.platform === 'linux' ? ['-lpthread'] : []),
    ]);
    if (arch === process.arch) load(fresh);
    // Never written in place: a process that has the old one loaded keeps it.
    renameSync(fresh, binary);
  } finally {
    rmSync(fresh, { force: true });
  }
  writeFileSync(stamp, inputs);
  rmSync(reasonFile, { force: true });
}

function findCompiler() {
  if (process.platform === 'win32') throw new Error('it is not built on Windows');
  const candidates = process.env.CC ? [process.env.CC] : ['cc', 'gcc', 'clang'];
  for (const command of candidates) {
    const { status, stdout } = spawnSync(command, ['--version'], { encoding: 'utf8' });
    if (status === 0) return { command, version: stdout };
  }
  throw new Error(`no C compiler was found (${candidates.join(', ')})`);
}

/** Next to Node as every official package has them, where npm is told to look, or where node-gyp put them once. */
function findHeaders() {
  const prefix = dirname(dirname(realpathSync(process.execPath)));
  const version = process.versions.node;
  const folders = [
    join(prefix, 'include/node'),
    ...(process.env.npm_config_nodedir ? [join(process.env.npm_config_nodedir, 'include/node')] : []),
    join(homedir(), '.cache/node-gyp', version, 'include/node'),
    join(homedir(), 'Library/Caches/node-gyp', version, 'include/node'),
  ];
  const found = folders.find((folder) => existsSync(join(folder, 'node_api.h')));
  if (found === undefined) throw new Error(`Node's headers were not found (${folders[0]})`);
  return found;
}

function compilerFlags(headers) {
  // Threads may be in it when the last environment that loaded it ends: it is never unloaded. Lazy binding would end the process at the first call of a function that Node does not export; so it fails at load.
  const link =
    process.platform === 'darwin'
      ? ['-bundle', '-undefined', 'dynamic_lookup']
      : ['-shared', '-Wl,-z,now,-z,nodelete'];
  const given = (process.env.CFLAGS ?? '').split(' ').filter((flag) => flag !== '');
  return [
    '-std=gnu11',
    '-O3',
    '-fPIC',
    '-fvisibility=hidden',
    '-Wall',
    '-Wextra',
    ...link,
    '-I',
    headers,
    ...given,
  ];
}

function compile(command, args) {
  const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  if (error) throw error;
  if (status === 0) return;
  const lines = stderr.split('\n');
  throw new Error(
    `${command} failed: ${(lines.find((line) => /error|undefined/.test(line)) ?? lines[0] ?? '').trim()}`,
  );
}

/** In a process of its own: what cannot be loaded, or crashes, never becomes part of the build. */
function load(path) {
  const { status, stderr } = spawnSync(
    process.execPath,
    ['-e', `process.dlopen({ exports: {} }, ${JSON.stringify(path)})`],
    {
      encoding: 'utf8',
    },
  );
  if (status === 0) return;
  throw new Error(
    `it cannot be loaded: ${(/Error: .*/.exec(stderr)?.[0] ?? `status ${status}`).replaceAll(path, 'addon')}`,
  );
}

function giveUp(reason) {
  console.error(
    `midstate: native hashing was not built, the portable implementation is used: ${reason}; afterwards: npm run build`,
  );
  try {
    for (const path of [binary, stamp]) rmSync(path, { force: true });
    mkdirSync(output, { recursive: true });
    writeFileSync(reasonFile, `${reason}\n`);
  } catch (error) {
    console.error(`midstate: ${error.message}`);
  }
}

function filesEndingWith(ending) {
  return readdirSync(sourceFolder)
    .filter((name) => name.endsWith(ending))
    .sort()
    .map((name) => join(sourceFolder, name));
}

function digestOf(texts, files) {
  const hash = createHash('sha256');
  for (const text of texts) hash.update(text).update('\0');
  for (const file of files) hash.update(readFileSync(file)).update('\0');
  return hash.digest('hex');
}
