import { resolve } from 'node:path';
import type { Command } from 'commander';
import { loadConfig } from '../config.js';
import { MidstateError } from '../core/failures.js';
import { describeReport, digestsMatch, lossIsBounded, type DemoReport } from '../demo/demo-report.js';
import { describeUploads, runDemoUploads, uploadsMatch } from '../demo/demo-uploads.js';
import { runDemo } from '../demo/run-demo.js';
import type { LocalStack } from '../local/stack-options.js';
import { EXIT } from './exit-codes.js';
import { printJson, printLine } from './output.js';
import { stopOnSignal, untilAborted } from './stop-on-signal.js';

interface DemoCommandOptions {
  readonly quick?: boolean;
  readonly keep?: boolean;
  readonly json?: boolean;
  readonly dataDir?: string;
  readonly running?: boolean;
  readonly bucket: string;
}

export function addDemoCommand(program: Command): void {
  program
    .command('demo')
    .description(
      'watch 100 MB to 5 GB go from upload to digest, with a worker killed in the middle of the 5 GB object',
    )
    .option('--quick', 'a fiftieth of the sizes')
    .option('--keep', 'keep everything running at the end, until Ctrl-C')
    .option('--data-dir <folder>', 'where the objects lie while it runs (default: .midstate/demo)')
    .option('--running', 'only upload and compare, on the stack that AWS_* and TEMPORAL_* point at')
    .option('--bucket <name>', 'bucket for --running', 'midstate')
    .option('--json', 'print the report as JSON')
    .addHelpText(
      'after',
      '\nExample:\n  midstate demo --quick\n  docker compose run --rm demo   # demo --running in a container',
    )
    .action(demo);
}

async function demo(options: DemoCommandOptions): Promise<void> {
  const stop = stopOnSignal();
  const run = options.running === true ? demoUploads : demoOfOwnStack;
  await run(options, stop).catch((error: unknown) => {
    throw stop.aborted
      ? new MidstateError('WorkerShutdown', 'demo: interrupted; everything it started is stopped')
      : error;
  });
}

async function demoOfOwnStack(options: DemoCommandOptions, stop: AbortSignal): Promise<void> {
  const config = loadConfig();
  const report = await runDemo({
    config,
    quick: options.quick === true,
    dataDir: resolve(options.dataDir ?? `${config.dataDir}/demo`),
    report: options.json === true ? (line) => process.stderr.write(`${line}\n`) : printLine,
    output: options.json === true ? process.stderr : process.stdout,
    whileRunning: async (done, stack) => {
      show(done, options);
      if (options.keep === true) await waitForStop(stack, stop);
    },
    stop,
  });
  if (!digestsMatch(report)) process.exitCode = EXIT.mismatch;
  else if (!lossIsBounded(report)) process.exitCode = EXIT.failed;
}

async function demoUploads(options: DemoCommandOptions, stop: AbortSignal): Promise<void> {
  const rows = await runDemoUploads({
    config: loadConfig(),
    bucket: options.bucket,
    quick: options.quick === true,
    output: options.json === true ? process.stderr : process.stdout,
    stop,
  });
  if (options.json === true) printJson({ rows });
  else for (const line of describeUploads(rows)) printLine(line);
  if (!uploadsMatch(rows)) process.exitCode = EXIT.mismatch;
}

function show(report: DemoReport, { json }: DemoCommandOptions): void {
  if (json === true) printJson(report);
  else for (const line of describeReport(report)) printLine(line);
}

async function waitForStop(stack: LocalStack, stop: AbortSignal): Promise<void> {
  printLine(`Kept running: ${stack.urls.temporalUi} — Ctrl-C stops everything.`);
  await untilAborted(stop);
}
