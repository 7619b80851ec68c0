import { mkdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { printLine } from '../src/cli/output.js';
import { runProgram } from '../src/cli/run-program.js';
import { stopOnSignal } from '../src/cli/stop-on-signal.js';
import { loadConfig } from '../src/config.js';
import type { Algorithm } from '../src/core/algorithms.js';
import { MidstateError } from '../src/core/failures.js';
import { parseAlgorithms } from '../src/core/parse-algorithms.js';
import { planBench, SECTION_NAMES, type SectionName } from './plan.js';
import { writeResults } from './report/write-results.js';
import { runBench } from './run-bench.js';

interface Options {
  readonly quick?: boolean;
  readonly only?: SectionName[];
  readonly algorithms?: Algorithm[];
  readonly output?: string;
}

const program = new Command('npm run bench --')
  .description('measures midstate beside its peers, on one S3 server, in one run; writes RESULTS.md')
  .option('--quick', 'fewer rounds and smaller objects: a look, not a result')
  .option('--only <sections>', `only these, a comma list of ${SECTION_NAMES.join(', ')}`, parseSections)
  .option('--algorithms <list>', 'of the section `algorithms` only these', parseAlgorithms)
  .option(
    '--output <folder>',
    'where the results go (default: bench for a whole run, else .midstate/bench-results)',
  )
  .exitOverride()
  .action(bench);

async function bench(options: Options): Promise<void> {
  const config = loadConfig();
  const isWhole = options.quick !== true && options.only === undefined && options.algorithms === undefined;
  const output = resolve(options.output ?? (isWhole ? 'bench' : join(config.dataDir, 'bench-results')));
  const stop = stopOnSignal();
  const folder = resolve(config.dataDir, `bench-${String(process.pid)}`);
  mkdirSync(folder, { recursive: true });
  try {
    const results = await runBench({
      plan: planBench(options.only ?? SECTION_NAMES, options.quick === true, options.algorithms),
      environment: { env: config.env, cacheDir: config.cacheDir, signal: stop },
      folder,
      report,
    });
    const markdown = await writeResults(results, output);
    for (const line of markdown.split('\n')) printLine(line);
    report(`written to ${join(output, 'RESULTS.md')}`);
  } catch (error) {
    throw stop.aborted
      ? new MidstateError('WorkerShutdown', 'bench: interrupted; everything it started is stopped')
      : error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function report(line: string): void {
  process.stderr.write(`${line}\n`);
}

function parseSections(text: string): SectionName[] {
  return text.split(',').map((name) => {
    const section = SECTION_NAMES.find((known) => known === name.trim());
    if (section === undefined)
      throw new InvalidArgumentError(`expected ${SECTION_NAMES.join(', ')}, got ${name}.`);
    return section;
  });
}

process.exitCode = await runProgram(program, process.argv);
