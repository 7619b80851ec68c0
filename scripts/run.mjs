// Runs one of the package's jobs in a clone as it stands: installs and builds what is missing first.
// Plain Node, without dependencies: it must work before anything is installed.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import { join, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [job, ...args] = process.argv.slice(2);

const JOBS = {
  install: () => install(),
  setup: () => prepare(),
  build: () => prepare({ rebuild: true }),
  demo: () => {
    prepare();
    run(join(root, 'bin/midstate'), ['demo', ...args]);
  },
  bench: () => {
    prepare();
    buildBeside('bench', 'the benchmark');
    process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true'; // as bin/midstate does
    run(process.execPath, [join(root, 'dist/bench/main.js'), ...args]);
  },
  chaos: () => {
    prepare();
    buildBeside('chaos', 'the fault suite');
    process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true'; // as bin/midstate does
    run(process.execPath, [join(root, 'dist/chaos/main.js'), ...args]);
  },
  screenshots: () => {
    prepare();
    const env = { ...process.env, MIDSTATE_SCREENSHOTS: 'docs/images' };
    run(process.execPath, [join(root, 'node_modules/vitest/vitest.mjs'), 'run', 'web-ui.test'], env);
  },
  'sam:build': () => {
    install();
    buildSam();
    run(process.execPath, [join(root, 'dist/sam/build/main.js'), ...args]);
  },
  'sam:invoke': async () => {
    install();
    buildSam();
    process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true'; // as bin/midstate does
    await runUntilSignal(process.execPath, [join(root, 'dist/sam/local/main.js'), ...args]);
  },
  test: async () => {
    prepare();
    const checks = args.length === 0 ? startChecks() : Promise.resolve(0);
    const tests = await runBeside(process.execPath, [
      join(root, 'node_modules/vitest/vitest.mjs'),
      'run',
      ...args,
    ]);
    const failed = await checks;
    if (failed !== 0) fail('the checks failed: what they say is above', 1);
    process.exit(tests);
  },
};

if (!Object.hasOwn(JOBS, job ?? '')) fail(`usage: node scripts/run.mjs ${Object.keys(JOBS).join(' | ')}`, 2);
process.chdir(root);
checkNode();
await JOBS[job]();

/** Installs dependencies when the lockfile changed, builds when a source changed. */
function prepare({ rebuild = false } = {}) {
  install();
  const sources = [
    'src',
    'workflows',
    'activities',
    'native',
    'scripts',
    'tsconfig.json',
    'tsconfig.build.json',
  ];
  step(
    'building',
    'dist/.built',
    digestOf([...sources.flatMap(filesUnder), 'package-lock.json']),
    () => {
      rmSync('dist', { recursive: true, force: true });
      run(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json']);
      run(process.execPath, ['scripts/finish-build.mjs']);
      run(process.execPath, ['scripts/build-native.mjs']);
    },
    rebuild,
  );
}

function install() {
  const lock = digestOf(['package.json', 'package-lock.json']);
  step('installing dependencies', 'node_modules/.midstate-installed', lock, () =>
    run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']),
  );
}

/** What is no part of the product's build is compiled beside it when it is asked for. */
function buildBeside(name, title) {
  const inputs = digestOf([name, 'src', 'tsconfig.json', `tsconfig.${name}.json`].flatMap(filesUnder));
  step(`building ${title}`, `dist/.${name}-built`, inputs, () =>
    run(process.execPath, ['node_modules/typescript/bin/tsc', '-p', `tsconfig.${name}.json`]),
  );
}

/** What builds the Lambda functions, and runs them here: compiled beside the product, and no part of it. */
function buildSam() {
  const inputs = digestOf([...['sam', 'src', 'tsconfig.json', 'tsconfig.sam.json'].flatMap(filesUnder)]);
  step('compiling the tools for Lambda', 'dist/.sam-built', inputs, () =>
    run(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.sam.json']),
  );
}

/** Does `work` unless the stamp says that it was done for the same inputs; the stamp is written last. */
function step(name, stamp, inputs, work, force = false) {
  if (!force && existsSync(stamp) && readFileSync(stamp, 'utf8') === inputs) return;
  const started = Date.now();
  console.error(`midstate: ${name} …`);
  work();
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, inputs);
  console.error(`midstate: ${name} took ${((Date.now() - started) / 1000).toFixed(1)} s`);
}

function digestOf(files) {
  const hash = createHash('sha256').update(process.versions.modules);
  for (const file of files) hash.update(file).update('\0').update(readFileSync(file)).update('\0');
  return hash.digest('hex');
}

function filesUnder(path) {
  if (!existsSync(path)) return [];
  if (!readdirable(path)) return [path];
  return readdirSync(path)
    .sort()
    .flatMap((name) => filesUnder(join(path, name)));
}

function readdirable(path) {
  try {
    readdirSync(path);
    return true;
  } catch {
    return false;
  }
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  const supported = major >= 24 || (major === 22 && minor >= 13) || (major === 20 && minor >= 19);
  if (!supported) fail(`Node ${process.versions.node} is not supported: expected 20.19+, 22.13+ or 24+`, 2);
}

/**
 * Formatting, lint and types, on what the tests leave of the processor: most of those wait for servers.
 * @returns 0 when all is well
 */
function startChecks() {
  const checks = spawn('npm', ['run', '--silent', 'check'], { cwd: root });
  setPriority(checks.pid, 10);
  const said = [];
  for (const stream of [checks.stdout, checks.stderr]) stream.on('data', (piece) => said.push(piece));
  return new Promise((done) => {
    checks.once('close', (code) => {
      console.log(Buffer.concat(said).toString().trim());
      console.log(`midstate: checks ${code === 0 ? 'passed' : 'failed'}`);
      done(code ?? 1);
    });
  });
}

/** Runs a command to its end, and what was started before beside it. */
function runBeside(command, commandArgs) {
  const child = spawn(command, commandArgs, { stdio: 'inherit', cwd: root });
  return new Promise((done) => {
    child.once('close', (code) => done(code ?? 1));
  });
}

/**
 * Runs a command that a signal ends: hands the signal on and waits for it, so that it is not left behind. Ctrl-C in a
 * terminal reaches it anyway.
 */
async function runUntilSignal(command, commandArgs) {
  const child = spawn(command, commandArgs, { stdio: 'inherit', cwd: root });
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(name, () => {
      if (name !== 'SIGINT' || !process.stdin.isTTY) child.kill(name);
    });
  const [code, signal] = await once(child, 'close');
  if (signal) fail(`it was ended by ${signal}`, 1);
  process.exit(code);
}

/** Runs a command to its end; a failure ends this process with the same code. */
function run(command, commandArgs, env = process.env) {
  const { status, signal, error } = spawnSync(command, commandArgs, { stdio: 'inherit', cwd: root, env });
  if (error) fail(`${command}: ${error.message}`, 1);
  if (signal) process.kill(process.pid, signal);
  if (status !== 0) process.exit(status ?? 1);
}

function fail(message, code) {
  console.error(`midstate: ${message}`);
  process.exit(code);
}
