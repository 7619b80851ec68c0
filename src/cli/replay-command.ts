import { InvalidArgumentError, Option, type Command } from 'commander';
import type { ReplayFrom } from '../core/replay-contracts.js';
import { addSelectionOptions, parseCount, type SelectionOptions } from './selection-options.js';

export interface ReplayOptions extends SelectionOptions {
  readonly query?: string;
  readonly all?: boolean;
  readonly from: ReplayFrom;
  readonly rate: number;
  readonly limit?: number;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly wait?: boolean;
  readonly json?: boolean;
}

export function addReplayCommand(program: Command): void {
  const command = program
    .command('replay')
    .description('start jobs that ended without a result once more, from their checkpoints')
    .argument('[job...]', 'workflow ids, or s3://bucket/key');
  addSelectionOptions(command)
    .option('--query <query>', 'only those that this visibility query finds')
    .option('--all', 'all of them')
    .addOption(
      new Option('--from <where>', 'where to begin').choices(['checkpoint', 'start']).default('checkpoint'),
    )
    .option('--rate <jobs>', 'jobs to start a second', parseRate, 10)
    .option('--limit <count>', 'jobs to start at most', parseCount)
    .option('--dry-run', 'say what that would start and read, and start nothing')
    .option('--yes', 'do not ask, however many they are')
    .option('--wait', 'wait for the end of all of them')
    .option('--json', 'print one JSON value a line')
    .addHelpText(
      'after',
      '\nExample:\n' +
        '  midstate replay s3://bucket/video.mov\n' +
        '  midstate replay --cause AccessDenied --since 1d --dry-run\n' +
        '  midstate replay --prefix s3://bucket/films/ --rate 2 --wait\n' +
        '\nIt is a workflow of its own: `midstate status <its id>` shows how far it is; pause, resume and cancel\n' +
        'take its id too. It stops by itself when the same cause keeps returning.',
    )
    .action(async (jobs: string[], options: ReplayOptions) => {
      const { replayJobs } = await import('./replay/replay-jobs.js');
      await replayJobs(jobs, options);
    });
}

function parseRate(text: string): number {
  const rate = Number(text);
  if (rate >= 0.01 && rate <= 50) return rate;
  throw new InvalidArgumentError(`expected jobs a second, 0.01 to 50, got ${text}.`);
}
