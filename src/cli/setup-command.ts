import type { Command } from 'commander';
import { MidstateError } from '../core/failures.js';
import { ask } from './ask.js';
import { EXIT } from './exit-codes.js';
import { printJson, printLine } from './output.js';

export interface SetupOptions {
  readonly queue?: string;
  readonly dlq?: string;
  readonly bucket?: string;
  readonly bucketAccount?: string;
  readonly prefix?: string;
  readonly suffix?: string;
  readonly restores?: boolean;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

export function addSetupCommand(program: Command): void {
  program
    .command('setup')
    .description(
      'register the search attributes; create or check a queue, its dead-letter queue and policy, and the bucket’s notification',
    )
    .option('--queue <name>', 'SQS queue, created if it is missing')
    .option('--dlq <name>', 'its dead-letter queue (default: the one it has, else its name and -dlq)')
    .option('--bucket <name>', 'bucket that is to tell the queue of its uploads')
    .option('--bucket-account <id>', 'account that owns the bucket (default: the queue’s)')
    .option('--prefix <prefix>', 'only of keys that begin so')
    .option('--suffix <suffix>', 'only of keys that end so')
    .option('--restores', 'also of archives that were restored')
    .option('--dry-run', 'show what would be done, and do nothing')
    .option('--yes', 'do it without a question, also where something that is there is changed')
    .option('--json', 'print the plan and what was done as JSON')
    .addHelpText(
      'after',
      '\nExample:\n  midstate setup --queue uploads\n  midstate setup --queue uploads --bucket my-bucket --dry-run\n' +
        '\nWhat others own is never changed. Where nobody can be asked, what is missing is created, and changes to what\n' +
        'is there (a queue’s policy, a bucket’s notifications) need --yes.',
    )
    .action(setUp);
}

async function setUp(options: SetupOptions): Promise<void> {
  if (options.bucket !== undefined && options.queue === undefined) {
    throw new MidstateError('InvalidInput', 'setup: --bucket needs --queue: where is it to send its events?');
  }
  const [{ openSetup }, { describeSteps, pendingSteps }] = await Promise.all([
    import('./open-setup.js'),
    import('../setup/setup-step.js'),
  ]);
  const setup = await openSetup(options);
  try {
    const { steps } = setup;
    if (options.json !== true) for (const line of describeSteps(steps)) printLine(line);
    const pending = pendingSteps(steps);
    const conflicts = steps.filter(({ kind }) => kind === 'conflict');
    const mayApply = conflicts.length === 0 && options.dryRun !== true;
    const isApplied = mayApply && (await isAgreed(options, pending));
    if (isApplied) for (const step of pending) await step.apply?.();
    report(setup.summary(isApplied), isApplied, options, pending.length);
    if (conflicts.length > 0) process.exitCode = EXIT.failed;
  } finally {
    await setup.close();
  }
}

/** Creating what is missing needs no consent; changing what is there does. */
async function isAgreed({ yes, json }: SetupOptions, pending: readonly { kind: string }[]): Promise<boolean> {
  if (pending.length === 0 || yes === true) return true;
  const isTerminal = process.stdin.isTTY && process.stderr.isTTY && json !== true;
  if (isTerminal) return await ask('Do this?');
  if (pending.every(({ kind }) => kind === 'create')) return true;
  throw new MidstateError(
    'InvalidInput',
    'setup: nothing was done: it would change what is there; --yes does it, --dry-run shows it',
  );
}

function report(
  summary: Readonly<Record<string, unknown>>,
  isApplied: boolean,
  { json, dryRun }: SetupOptions,
  pending: number,
): void {
  if (json === true) printJson(summary);
  else if (pending === 0) printLine('nothing to do');
  else if (isApplied) printLine('done');
  else if (dryRun === true) printLine('nothing was done: --yes does it');
  else printLine('nothing was done');
}
