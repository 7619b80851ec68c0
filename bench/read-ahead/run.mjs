// What reading ahead costs and gains:
//   node bench/read-ahead/run.mjs [plan] [--only TITLE] [--rounds N] [--data DIR] [--out FILE]
// Needs a build, versitygw, Go (for toxiproxy, once), openssl, 2 GB of disk; plans of memory classes also root and
// cgroup v1. Each cell is the median of N rounds; a round runs every setting of a condition once, so that settings are
// compared under the same noise. docs/read-ahead.md has the figures and what follows from them.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFileSync, closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { createClassCgroup } from './class-cgroup.mjs';
import { PLANS } from './plans.mjs';
import { KEYS, provideObjects } from './provide-objects.mjs';
import { startNetwork } from './start-network.mjs';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: 'string' },
    rounds: { type: 'string', default: '3' },
    data: { type: 'string', default: join(tmpdir(), 'midstate-read-ahead') },
    out: { type: 'string' },
  },
});
const plan = PLANS[positionals[0] ?? 'one-object'];
if (plan === undefined) throw new Error(`no such plan; there are ${Object.keys(PLANS).join(', ')}`);

const READER = fileURLToPath(new URL('./read-objects.mjs', import.meta.url));
const digests = new Map();
const network = await startNetwork(options.data);
await provideObjects(network.direct.http, options.data);
console.log('| condition | setting | MB/s | CPU-s/GB | peak RSS, MB | cgroup peak, MB | of it TCP, MB |');
console.log('| --- | --- | --- | --- | --- | --- | --- |');
for (const { title, condition, settings } of plan) {
  if (options.only !== undefined && options.only !== title) continue;
  await network.shape(condition);
  const runs = settings.map(() => []);
  for (let round = 0; round < Number(options.rounds); round++) {
    for (const [index, setting] of settings.entries()) runs[index].push(await measure(condition, setting));
  }
  settings.forEach((setting, index) => {
    report(title, setting, runs[index]);
  });
}
network.stop();

/** Runs one process, in the cgroup of its class if it has one. */
async function measure({ protocol = 'http', direct = false, memoryMB }, { name: _, ...parameters }) {
  const cgroup = memoryMB === undefined ? undefined : createClassCgroup(memoryMB);
  const joinGroup = (cgroup?.folders ?? []).map((folder) => `echo $$ > ${folder}/cgroup.procs; `).join('');
  const env = {
    ...process.env,
    AWS_ENDPOINT_URL_S3: (direct ? network.direct : network.shaped)[protocol],
    AWS_ACCESS_KEY_ID: 'bench',
    AWS_SECRET_ACCESS_KEY: 'benchbench',
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    NODE_EXTRA_CA_CERTS: network.cert,
  };
  const command = [process.execPath, ...v8Flags(memoryMB), READER, JSON.stringify(parameters)];
  const run = await promisify(execFile)('sh', ['-c', `${joinGroup}exec "$@"`, 'sh', ...command], {
    env,
  }).then(
    ({ stdout }) => checked(JSON.parse(stdout), parameters.sizeBytes),
    ({ code, signal, stderr }) => ({ failed: `${code ?? signal}: ${stderr.trim().split('\n').at(-1)}` }),
  );
  return { ...run, ...(await cgroup?.end()) };
}

/** A figure counts only if the digests are right. */
function checked(run, sizeBytes) {
  if (!digests.has(sizeBytes)) {
    const file = openSync(join(options.data, 'objects/bench', KEYS[0]), 'r');
    const bytes = Buffer.allocUnsafe(sizeBytes);
    readSync(file, bytes, 0, sizeBytes, 0);
    closeSync(file);
    digests.set(sizeBytes, createHash('sha1').update(bytes).digest('hex'));
  }
  const isRight = run.digests.every((digest) => digest === digests.get(sizeBytes));
  return isRight ? run : { failed: `a wrong digest: ${run.digests}` };
}

function v8Flags(memoryMB) {
  if (memoryMB === undefined) return [];
  const file = new URL(`../../dist/v8-flags/${memoryMB}`, import.meta.url);
  return readFileSync(file, 'utf8').trim().split(' ');
}

/** Prints the medians, and keeps every run. */
function report(title, setting, runs) {
  if (options.out !== undefined) {
    for (const run of runs)
      appendFileSync(options.out, `${JSON.stringify({ title, setting: setting.name, ...run })}\n`);
  }
  const good = runs.filter(({ failed }) => failed === undefined);
  const cell = (field, digits) => {
    const values = good.map((run) => run[field]).filter((value) => value !== undefined);
    return values.length === 0 ? '' : median(values).toFixed(digits);
  };
  const failed = runs.length - good.length;
  const name =
    failed === 0
      ? setting.name
      : `${setting.name} (${failed} of ${runs.length} failed: ${runs.find((run) => run.failed).failed})`;
  const cells = [
    ...[title, name, cell('megabytesPerSecond', 0), cell('cpuSecondsPerGB', 2)],
    ...[cell('peakRssMB', 0), cell('cgroupPeakMB', 0), cell('tcpPeakMB', 1)],
  ];
  console.log(`| ${cells.join(' | ')} |`);
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}
