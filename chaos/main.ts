import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { Command } from 'commander';
import { EXIT } from '../src/cli/exit-codes.js';
import { printJson, printLine } from '../src/cli/output.js';
import { runProgram } from '../src/cli/run-program.js';
import { stopOnSignal } from '../src/cli/stop-on-signal.js';
import { loadConfig } from '../src/config.js';
import { MidstateError } from '../src/core/failures.js';
import { requireDiskSpace } from '../src/demo/require-disk-space.js';
import { FULL, QUICK } from './plan.js';
import { violationsOf } from './report/figures.js';
import { renderReport } from './report/render-report.js';
import { runChaos } from './run-chaos.js';

interface Options {
  readonly quick?: boolean;
  readonly seed?: string;
  readonly json?: boolean;
  readonly output?: string;
}

const NEEDED_BYTES = 8_000_000_000;

const program = new Command('npm run chaos --')
  .description('does harm to a whole midstate at work, and compares every digest; docs/faults.md says what')
  .option('--quick', 'a few of each fault, in some three minutes')
  .option('--seed <text>', 'repeats the faults of a run: their kinds, order, lengths and places')
  .option('--json', 'print the figures as JSON')
  .option('--output <file>', 'where the figures go (default: .midstate/chaos/<seed>.json)')
  .exitOverride()
  .action(chaos);

async function chaos(options: Options): Promise<void> {
  const config = loadConfig();
  const seed = options.seed ?? randomBytes(4).toString('hex');
  const settings = options.quick === true ? QUICK : FULL;
  const folder = resolve(config.dataDir, `chaos-${String(process.pid)}`);
  const output = resolve(options.output ?? join(config.dataDir, 'chaos', `${seed}.json`));
  await requireDiskSpace(folder, NEEDED_BYTES, { command: 'chaos', elsewhere: 'MIDSTATE_DATA_DIR' });
  const beganAtMs = Date.now();
  const stop = stopOnSignal();
  try {
    const figures = await runChaos({
      seed,
      mode: options.quick === true ? 'quick' : 'full',
      settings,
      environment: { env: config.env, cacheDir: config.cacheDir, signal: stop },
      folder,
      report: (line) => {
        process.stderr.write(`${((Date.now() - beganAtMs) / 1_000).toFixed(0).padStart(5)} s  ${line}\n`);
      },
    });
    const violations = violationsOf(figures, settings);
    mkdirSync(dirname(output), { recursive: true });
    writeFileSync(output, `${JSON.stringify({ ...figures, violations }, null, 2)}\n`);
    if (options.json === true) printJson({ ...figures, violations });
    else for (const line of renderReport(figures, violations).split('\n')) printLine(line);
    process.stderr.write(`written to ${output}\n`);
    if (violations.length > 0) process.exitCode = EXIT.failed;
  } catch (error) {
    throw stop.aborted
      ? new MidstateError('WorkerShutdown', 'chaos: interrupted; everything it started is stopped')
      : error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

process.exitCode = await runProgram(program, process.argv);
// A run that broke off may have left something that waits.
process.exit();
