import { writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { loadConfig, type Config } from '../../config.js';
import { MidstateError } from '../../core/failures.js';
import { createFolder } from '../../local/create-folder.js';
import { adviseOn, classTableOf, type Advice } from '../../tuning/advise.js';
import { compareResults } from '../../tuning/compare-results.js';
import { canRunInPython, findPython } from '../../tuning/python-peer.js';
import { runTune, type TuneOptions as RunOptions } from '../../tuning/run-tune.js';
import { readTuneResult } from '../../tuning/tune-result.js';
import { EXIT } from '../exit-codes.js';
import { stopOnSignal } from '../stop-on-signal.js';
import { holderOf } from './holder-options.js';
import { lambdaPlaceOf } from './lambda-options.js';
import { matrixOf, networkOf } from './matrix-options.js';
import { printComparison, reportTune } from './report-tune.js';
import type { TuneOptions } from './tune-options.js';
import { createTuneProgress } from './tune-progress.js';

/**
 * Measures what the options say and reports it; exit code 1 where a saved run was faster.
 * @throws MidstateError InvalidInput, AccessDenied where nothing holds workers to their class, WorkerShutdown when it is interrupted
 */
export async function runTuneCommand(options: TuneOptions): Promise<void> {
  const config = loadConfig();
  const saved = options.ci === undefined ? undefined : readTuneResult(options.ci);
  const workers = await workersOf(options, config);
  const mayHavePython = options.python && 'holder' in workers && workers.holder.runsAnyProgram;
  const python = mayHavePython ? await findPython(config.env, config.cacheDir) : undefined;
  const matrix = matrixOf(options, python !== undefined);
  if (matrix.python && !canRunInPython(matrix.algorithms[0] ?? [])) {
    throw new MidstateError('InvalidInput', 'tune: Python’s loop has no such algorithm; add --no-python');
  }
  const dataDir = resolve(options.dataDir ?? join(config.dataDir, 'tune'));
  const { bucket, prefix } = options;
  const result = await runTune({
    config,
    matrix,
    python,
    dataDir,
    stateFile: resolve(options.state ?? join(dataDir, 'runs.jsonl')),
    isFresh: options.fresh === true,
    workers,
    place: bucket === undefined ? undefined : { bucket, prefix },
    network: networkOf(options),
    progress: createTuneProgress(process.stderr),
    stop: stopOnSignal(),
  });
  const advice = adviseOn(result);
  await reportTune(result, advice, options);
  if (options.apply !== undefined && options.apply !== false) {
    await applyAdvice(
      advice,
      options.apply === true ? join(config.dataDir, 'class-table.json') : options.apply,
    );
  }
  if (saved !== undefined) {
    const comparison = compareResults(saved, result);
    printComparison(comparison);
    if (comparison.regressions.length > 0) process.exitCode = EXIT.failed;
  }
  if (result.cells.some(({ megabytesPerSecond }) => megabytesPerSecond === undefined))
    process.exitCode = EXIT.failed;
}

async function workersOf(options: TuneOptions, config: Config): Promise<RunOptions['workers']> {
  const lambda = lambdaPlaceOf(options, config);
  return lambda === undefined ? { holder: await holderOf(options) } : { lambda };
}

/** Writes the class table that workers read. */
async function applyAdvice(advice: Advice, file: string): Promise<void> {
  await createFolder(dirname(resolve(file)));
  await writeFile(file, `${JSON.stringify(classTableOf(advice), undefined, 2)}\n`);
  process.stderr.write(`midstate: written ${file}; workers read it with MIDSTATE_CLASS_TABLE=${file}\n`);
}
