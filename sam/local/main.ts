import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { EXIT } from '../../src/cli/exit-codes.js';
import { untilAborted } from '../../src/cli/stop-on-signal.js';
import { runProgram } from '../../src/cli/run-program.js';
import { MidstateError } from '../../src/core/failures.js';
import { EVENT_FORMS } from './event-forms.js';
import { openLambdaApi } from './lambda-api/open-lambda-api.js';
import { eventForStarter } from './invoke-starter.js';
import { say, setUpLocally, type LocalSetup, type LocalSetupOptions } from './local-setup.js';
import { reportLine } from './report-line.js';
import { endOnSignal, stopOnSignals } from './signals.js';
import { serve } from './serve.js';

interface Options extends Omit<LocalSetupOptions, 'timeoutSeconds' | 'bucket'> {
  readonly event: string;
  readonly bucket?: string;
  readonly key?: string;
  readonly timeout?: number;
  readonly most: number;
  readonly generator: 'sam' | 'own';
}

const program = new Command('npm run sam:invoke --')
  .description(
    'Runs a built function once, here, as Lambda would: on the servers that the environment names.',
  )
  .argument(
    '<function>',
    'starter, worker-128, worker-256, worker-512, worker-1024, worker-2048, `all` or `api`',
  )
  .option('--event <form or file>', `for the starter: ${EVENT_FORMS.join(', ')}, or a file`, 's3-put')
  .option('--bucket <name>', 'bucket of the object (default: MIDSTATE_BUCKET)')
  .option('--key <key>', 'the object that the event is about; it must be there')
  .option('--generator <which>', '`sam`: envelope and s3-put by `sam local generate-event`; `own`', 'own')
  .option('--timeout <seconds>', 'deadline of worker functions', Number)
  .option('--most <count>', 'with `all`: invocations of one function at once', Number, 4)
  .option('--share-cpu', 'give each function its class’s part of a CPU, as Lambda does', false)
  .option('--plain', 'our own runtime client in the place of aws-lambda-ric', false)
  .addHelpText(
    'after',
    '\n`all` invokes the starter for the queue’s messages and worker functions for waiting work, until Ctrl-C.\n' +
      '`api` answers Lambda’s API for the functions, for `midstate tune --lambda`, until Ctrl-C.\n\n' +
      'Example:\n  npm run sam:invoke -- starter --event s3-put --key video.mov\n  npm run sam:invoke -- worker-512 --timeout 60',
  )
  .exitOverride()
  .action(run);

async function run(name: string, options: Options): Promise<void> {
  const { timeout, shareCpu, plain, most } = options;
  const stop = name === 'all' || name === 'api' ? stopOnSignals() : undefined;
  if (stop === undefined) endOnSignal();
  // eslint-disable-next-line no-restricted-properties -- written by `midstate dev`, which says where it put its bucket
  const bucket = options.bucket ?? process.env['MIDSTATE_BUCKET'] ?? 'midstate';
  const setup = await setUpLocally({
    bucket,
    shareCpu,
    plain,
    ...(timeout === undefined ? {} : { timeoutSeconds: timeout }),
  });
  if (stop !== undefined) {
    if (!stop.aborted) await (name === 'api' ? serveApi(setup, stop) : serve(setup, most, stop));
    say('ended');
    return;
  }
  const found = setup.functions.get(name);
  if (found === undefined) {
    const expected = [...setup.functions.keys(), 'all', 'api'].join(', ');
    throw new MidstateError('InvalidInput', 'sam invoke: there is no such function', {
      facts: { expected, actual: name },
    });
  }
  const sam = options.generator === 'sam' ? findSam(setup.config.cacheDir) : undefined;
  const event = name === 'starter' ? await eventForStarter(setup.config, { ...options, bucket, sam }) : {};
  const report = await found.local.invoke(event);
  await found.local.stop();
  if (report.payload !== undefined) process.stdout.write(`${report.payload}\n`);
  say(reportLine(found.spec.memoryMB, report));
  if (report.outcome !== 'ok') process.exitCode = EXIT.failed;
}

async function serveApi(setup: LocalSetup, stop: AbortSignal): Promise<void> {
  const api = await openLambdaApi(setup.functions, setup.functionOptions);
  say(`Lambda’s API: AWS_ENDPOINT_URL_LAMBDA=${api.url}; Ctrl-C ends it`);
  await untilAborted(stop);
  await api.close();
}

function findSam(cacheDir: string): string {
  const installed = join(cacheDir, 'sam/bin/sam');
  return existsSync(installed) ? installed : 'sam';
}

process.exitCode = await runProgram(program, process.argv);
